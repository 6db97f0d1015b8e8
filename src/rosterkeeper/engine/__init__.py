"""One run: fetch → normalize → validate → diff → guard, over a scratch database. `run.py` is the file to read first."""
