"""What a printed value means: numbers, dates, money, answers out of a set, in any language."""
