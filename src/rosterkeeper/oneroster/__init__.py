"""The OneRoster standard as data: vocabularies, the field table, finding codes, errors. Pure."""
