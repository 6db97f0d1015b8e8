"""Groups: one a class with its students, owned by its teachers; merged and custom ones beside them."""
