"""How values are printed: characters, numbers, dates, answers out of a set, and the words of languages. Pure."""
