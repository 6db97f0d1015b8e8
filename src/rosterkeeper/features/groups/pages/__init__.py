"""The pages of groups: lists, one group, making and naming them, and one person's.

What is searched for is personal, so it travels in a request's body; addresses hold uids and chosen facts alone.
"""
