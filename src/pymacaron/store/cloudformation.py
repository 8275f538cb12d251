"""
Tables as descriptions want them -> a template of CloudFormation. No I/O.

Source: AWS::DynamoDB::Table in the Template Reference of AWS CloudFormation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pymacaron.store.definition import Definition
from pymacaron.store.plans import request

__all__ = ["template"]


def template(tables: Iterable[Definition], title: str) -> dict[str, Any]:
    """
    Makes the tables that `pymacaron tables create` makes. *title*: whose they are.

    A table outlives its stack, and its replacement by another of its name: what is in it is worth more than either.
    """
    resources: dict[str, Any] = {}
    for table in sorted(tables, key=lambda table: table.table):
        properties = request(table)
        if table.ttl is not None:
            properties["TimeToLiveSpecification"] = {"AttributeName": table.ttl, "Enabled": True}
        resources[_logical(table.table, resources)] = {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": properties,
        }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": f"Tables of {title}", "Resources": resources}


def _logical(table: str, taken: Iterable[str]) -> str:
    """A name of letters and digits that none of *taken* has: `eu-shop.orders` is EuShopOrdersTable."""
    words = re.findall(r"[a-zA-Z0-9]+", table)
    name = "".join(word[0].upper() + word[1:] for word in words)[:200] + "Table"
    number = 2
    while name in taken:
        name = f"{name.rstrip('0123456789')}{number}"
        number += 1
    return name
