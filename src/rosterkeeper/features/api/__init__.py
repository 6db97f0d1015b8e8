"""The ground of the API: who calls, how errors are told, how often one may call, how lists are cut into pages."""
