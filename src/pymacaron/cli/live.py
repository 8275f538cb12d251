"""What `pymacaron deploy status` says: what is live, what is there beside it, who releases just now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymacaron.cli.deploying import Desk
    from pymacaron.deploy.beanstalk.found import Found

__all__ = ["live_members", "live_text"]


def live_members(desk: Desk, found: Found, holder: str | None) -> dict[str, Any]:
    """What is there, as JSON shows it; *holder*: who releases just now."""
    cname = desk.wanted.cname.lower()
    return {
        "application": desk.wanted.application,
        "account": desk.identity.account,
        "region": desk.account.region,
        "url": desk.wanted.live_url,
        "environments": [
            {
                "name": one.name,
                "label": one.label,
                "live": one.cname == cname,
                "status": one.status,
                "health": one.state or one.health,
                "address": one.address,
                "ours": one.is_ours or one.is_worker,
                "workers": one.is_worker,
            }
            for one in found.environments
        ],
        "release": holder,
    }


def live_text(told: dict[str, Any]) -> str:
    """The same, for people."""
    lines = [f"{told['application']} in {told['region']}, account {told['account']}: {told['url']}"]
    for one in told["environments"]:
        live = "live" if one["live"] else "    "
        others = "  (workers)" if one["workers"] else "" if one["ours"] else "  (not made by pymacaron)"
        lines.append(
            f"  {live}  {one['name']}  {one['label']}  {one['status']}  {one['health']}  {one['address']}{others}"
        )
    if not told["environments"]:
        lines.append("  no environment")
    lines.append(f"a release is under way: {told['release']}" if told["release"] else "no release is under way")
    return "\n".join(lines)
