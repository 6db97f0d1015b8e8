"""The roster browser's pages: lists, a school, a class, a person, why somebody is missing, data health.

What is searched for is personal, so it travels in a request's body; addresses hold ids and chosen facts alone.
"""
