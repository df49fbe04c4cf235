"""The network that is fine-tuned, at a size that needs no pretrained weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra seedaudit[transformer]")
transformers = pytest.importorskip("transformers", reason="needs the extra seedaudit[transformer]")

from seedaudit.detection.encoder import Encoder  # noqa: E402
from seedaudit.findings import USES  # noqa: E402
from seedaudit.training import encoder, reading  # noqa: E402

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused1]", "[unused2]", "a", "seed", "is", "fixed"]


@pytest.fixture
def pretrained(tmp_path: Path) -> Path:
    """The folder of a small BERT with random weights."""
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32
    )
    transformers.BertModel(config).save_pretrained(tmp_path / "bert")
    return tmp_path / "bert"


def _passages() -> tuple[Any, ...]:
    """Ids and mask of two passages, the second one shorter, and the places of their markers."""
    ids = torch.tensor([[2, 6, 4, 7, 5, 8, 9, 3], [2, 4, 7, 5, 9, 3, 0, 0]])
    return ids, (ids > 0).long(), torch.tensor([2, 1]), torch.tensor([4, 3])


def test_a_pupil_gives_at_the_markers_what_the_whole_last_layer_gives(pretrained: Path) -> None:
    pupil = encoder.start(pretrained, range(len(PIECES)), layers=2)
    pupil.body.eval()
    ids, mask, opened, closed = _passages()
    with torch.no_grad():
        averaged, marked = pupil._states(ids, mask, torch.stack([opened, closed], 1))
        whole = pupil.body(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
    each = torch.arange(2)
    torch.testing.assert_close(averaged[mask.bool()], whole[-2][mask.bool()])
    torch.testing.assert_close(marked, torch.stack([whole[-1][each, opened], whole[-1][each, closed]], 1))


def test_what_is_exported_scores_as_what_was_trained(pretrained: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx", reason="needs the extra seedaudit[transformer]")
    pupil = encoder.start(pretrained, range(len(PIECES)), layers=2)
    encoder.export(pupil, PIECES, tmp_path / "pupil.onnx")
    read = Encoder(tmp_path / "pupil.onnx", tmp_path / "pupil.vocabulary")
    given = np.stack([read.scores("a seed is fixed", 2, 6), read.scores("seed fixed", 0, 4)])
    pupil.body.eval()
    pupil.head.eval()
    with torch.no_grad():
        expected = pupil.scores(*_passages()).numpy()
    assert given.shape == (2, len(USES))
    assert np.abs(given - expected).max() < 0.1 * np.abs(expected).max()


def test_reading_learns_to_tell_hidden_pieces_and_leaves_the_signs(pretrained: Path) -> None:
    torch.manual_seed(0)
    network = encoder.start(pretrained, range(len(PIECES)), layers=2)
    ids, mask, _, _ = _passages()
    ids, mask = ids.repeat(16, 1), mask.repeat(16, 1)
    shown, asked = reading.hide(ids, len(PIECES))
    assert asked.any()
    assert torch.equal(shown[~asked], ids[~asked])
    assert (ids[asked] >= 6).all()
    first = reading.read(network, [[(ids, mask)]], 1, 0.0)
    last = reading.read(network, ([(ids, mask)] for _ in range(150)), 150, 5e-3)
    assert last < 0.5 * first


def test_a_pupil_has_to_be_a_bert(tmp_path: Path) -> None:
    config = transformers.MPNetConfig(
        vocab_size=len(PIECES), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    transformers.MPNetModel(config).save_pretrained(tmp_path / "mpnet")
    with pytest.raises(ValueError, match="'mpnet'; the pupil has to be a BERT"):
        encoder.start(tmp_path / "mpnet", range(len(PIECES)), layers=2)
