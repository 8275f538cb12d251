"""
`pymacaron completion`: the lines that teach a shell what stands behind `pymacaron`.

They are click's own; they call `pymacaron` at every TAB, which loads the module of the command that is written there,
and nothing of what that does.
"""

from __future__ import annotations

import click

from pymacaron.cli.terminal import Choice

__all__ = ["completion"]

_VARIABLE = "_PYMACARON_COMPLETE"


@click.command(short_help="Print the lines that make a shell complete commands and options.")
@click.argument("shell", type=Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """
    Print the lines that make a shell complete the commands of pymacaron, their options and their values.

    Put the line of your shell into its start-up file: ~/.bashrc, ~/.zshrc (below compinit), or
    ~/.config/fish/config.fish.

    \b
    Examples:
      eval "$(pymacaron completion bash)"
      eval "$(pymacaron completion zsh)"
      pymacaron completion fish | source
    """
    from click.shell_completion import get_completion_class

    cls = get_completion_class(shell)
    assert cls is not None
    click.echo(cls(ctx.find_root().command, {}, "pymacaron", _VARIABLE).source())
