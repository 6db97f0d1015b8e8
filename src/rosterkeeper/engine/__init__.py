"""One run over a scratch database: fetch → normalize → validate → select → diff → guard. Read `run.py` first."""
