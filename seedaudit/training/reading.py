"""Pretrained weights -> weights that have read the passages (masked language modelling, before any label is learned).

In: a network and the word pieces of passages. Out: the same network, its body trained further. The one decision made
here: how a network gets used to the language of papers on machine learning. Some of the word pieces are hidden, and it
learns to tell which they were; the head that tells them is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch

_HIDDEN = 0.15
"""The share of word pieces that is asked for: of these, 80% are hidden, 10% replaced by another one, 10% left."""
_SIGN = 1
"""What a hidden piece is replaced by: the unknown piece, since the shortened vocabulary has no sign of its own."""
_FIRST = 6
"""The first word piece of running text; those before it are signs."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a body reads: ``epochs`` over all passages in batches of ``batch``, at the learning rate ``rate``."""

    epochs: int
    rate: float
    batch: int


def rise_and_fall(optimizer: Any, steps: int) -> Any:
    """A schedule in which the learning rate rises over a tenth of ``steps`` and falls to nothing over the others."""
    warm = max(1, steps // 10)
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
    )


def hide(ids: Any, pieces: int) -> tuple[Any, Any]:
    """The ids (examples, tokens) with some hidden, and where something is asked for (examples, tokens)."""
    asked = (torch.rand(ids.shape, device=ids.device) < _HIDDEN) & (ids >= _FIRST)
    fate = torch.rand(ids.shape, device=ids.device)
    shown = torch.where(asked & (fate < 0.8), _SIGN, ids)
    other = torch.randint(_FIRST, pieces, ids.shape, device=ids.device)
    return torch.where(asked & (fate >= 0.9), other, shown), asked


def read(network: Any, epochs: Iterable[Iterable[tuple[Any, Any]]], steps: int, rate: float) -> float:
    """Train the body of ``network`` in place to tell hidden word pieces; return the mean loss of the last epoch.

    An epoch is ids and mask (both: examples, tokens) batch by batch; ``steps`` is the number of batches in all.
    """
    embeddings = network.body.embeddings.word_embeddings
    device = embeddings.weight.device
    # The head that tells the pieces: its output weights are the embeddings.
    pieces, size = embeddings.weight.shape
    head = torch.nn.Sequential(torch.nn.Linear(size, size), torch.nn.GELU(), torch.nn.LayerNorm(size)).to(device)
    torch.nn.init.eye_(head[0].weight)
    torch.nn.init.zeros_(head[0].bias)
    bias = torch.nn.Parameter(torch.zeros(pieces, device=device))
    network.body.train()
    body = list(network.body.parameters())
    optimizer = torch.optim.AdamW(
        [
            {"params": [one for one in body if one.ndim >= 2], "lr": rate, "weight_decay": 0.01},
            {"params": [one for one in body if one.ndim < 2], "lr": rate, "weight_decay": 0.0},
            {"params": [*head.parameters(), bias], "lr": 5 * rate, "weight_decay": 0.0},
        ]
    )
    schedule = rise_and_fall(optimizer, steps)
    losses: list[float] = []
    for epoch in epochs:
        losses = []
        for ids, mask in epoch:
            shown, asked = hide(ids, pieces)
            if not asked.any():
                continue
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
                scores = head(network.states(shown, mask)[asked]) @ embeddings.weight.T + bias
            loss = torch.nn.functional.cross_entropy(scores.float(), ids[asked])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
    return sum(losses) / max(1, len(losses))
