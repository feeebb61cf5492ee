"""`python -m service read|judge`: what the product makes of a file, shown without a database.

For whoever checks the content from outside: the commands and their JSON stay when modules move.
"""
