# Written by `pymacaron stubs` of 4 descriptions: not to be edited.
# fmt: off
# ruff: noqa

from pymacaron import ApiPool

feeds = ApiPool.feeds
legacy = ApiPool.legacy
pets = ApiPool.pets
shop = ApiPool.shop
