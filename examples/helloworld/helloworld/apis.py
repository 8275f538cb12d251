# Written by `pymacaron stubs` of helloworld.yaml: not to be edited.
# fmt: off
# ruff: noqa

from pymacaron import ApiPool

helloworld = ApiPool.helloworld
