"""Embeddings by models: small ones with random weights, read from a folder as the large ones are."""

from __future__ import annotations

import numpy as np
import pytest

from vision_data import MediaError
from vision_data.frames import DualEncoder, FarthestPoint, QueryRelevance, QwenFeatures, select
from vision_data.frames.shrink import look_in

pytestmark = pytest.mark.slow
transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

FRAMES = np.random.default_rng(0).integers(0, 256, (5, 40, 60, 3), dtype=np.uint8)
FRAMES[3] = FRAMES[0]


def words(folder):
    """A tokenizer of five words."""
    tokenizers = pytest.importorskip("tokenizers")
    known = {"<s>": 0, "</s>": 1, "a": 2, "red": 3, "ball": 4}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token="</s>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    marks = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>", "unk_token": "</s>"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **marks).save_pretrained(folder)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """CLIP with one layer."""
    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**small, "vocab_size": 9, "max_position_embeddings": 12, "eos_token_id": 1, "pad_token_id": 1}
    vision = {**small, "image_size": 28, "patch_size": 14}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)
    transformers.CLIPModel(config).save_pretrained(folder)
    sizes = {"size": {"shortest_edge": 28}, "crop_size": {"height": 28, "width": 28}}
    transformers.CLIPImageProcessor(**sizes).save_pretrained(folder)
    words(folder)
    return str(folder)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory):
    """Qwen2.5-VL with one layer."""
    folder = tmp_path_factory.mktemp("qwen")
    torch.manual_seed(0)
    text = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "vocab_size": 20,
        "rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 1e4},
    }
    vision = {"hidden_size": 16, "out_hidden_size": 16, "intermediate_size": 16, "depth": 1, "num_heads": 2}
    tokens = {"image_token_id": 10, "video_token_id": 11, "vision_start_token_id": 12, "vision_end_token_id": 13}
    config = transformers.Qwen2_5_VLConfig(text_config=text, vision_config=vision, **tokens)
    transformers.Qwen2_5_VLForConditionalGeneration(config).save_pretrained(folder)
    transformers.Qwen2VLImageProcessor().save_pretrained(folder)
    words(folder)
    return str(folder)


@pytest.fixture(params=["clip", "qwen"])
def embed(request):
    kind = {"clip": DualEncoder, "qwen": QwenFeatures}[request.param]
    return kind(request.getfixturevalue(request.param), batch_size=2)


def test_frames_and_texts_are_unit_vectors_of_one_space(embed):
    frames, texts = embed(FRAMES), embed(["a red ball", "red " * 50])
    assert frames.shape[0] == 5
    assert texts.shape == (2, frames.shape[1])
    assert np.linalg.norm(frames, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert np.linalg.norm(texts, axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert frames[3] == pytest.approx(frames[0], abs=1e-6)
    assert np.abs(frames[1] - frames[0]).max() > 1e-4


def test_batches_change_nothing(embed):
    whole = type(embed)(embed.model, batch_size=5)
    assert whole(FRAMES) == pytest.approx(embed(FRAMES), abs=1e-5)


def test_selectors_take_them(embed):
    query = QueryRelevance(2, query="a red ball", embed=embed)
    assert len(select(query, 5, 1.0, look_in(FRAMES))) == 2
    # Frames 0 and 3 are equal, so four are different.
    assert len(select(FarthestPoint(5, embed=embed), 5, 1.0, look_in(FRAMES))) == 4
    assert hash(query) == hash(QueryRelevance(2, query="a red ball", embed=type(embed)(embed.model, batch_size=2)))


def test_qwen_features_are_the_mean_of_the_tokens_that_the_model_is_given(qwen):
    model = transformers.Qwen2_5_VLForConditionalGeneration.from_pretrained(qwen).eval()
    images = transformers.Qwen2VLImageProcessor.from_pretrained(qwen)
    with torch.inference_mode():
        tokens = model.get_image_features(**images(images=[FRAMES[1]], return_tensors="pt")).pooler_output[0]
        told = model.get_input_embeddings().weight[[3, 4]].mean(dim=0)
    mean = tokens.mean(dim=0).numpy()
    assert QwenFeatures(qwen)(FRAMES[1:2])[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
    assert QwenFeatures(qwen)(["red ball"])[0] == pytest.approx((told / told.norm()).numpy(), abs=1e-5)


def test_another_model_is_refused(clip, qwen, tmp_path):
    with pytest.raises(MediaError, match="does not embed both"):
        DualEncoder(qwen)(FRAMES)
    with pytest.raises(MediaError, match="expected a checkpoint of Qwen2-VL"):
        QwenFeatures(clip)(FRAMES)
    half = transformers.CLIPVisionModel.from_pretrained(clip)
    half.save_pretrained(tmp_path / "half")
    whole = transformers.CLIPConfig.from_pretrained(clip)
    whole.save_pretrained(tmp_path / "half")
    transformers.CLIPImageProcessor().save_pretrained(tmp_path / "half")
    words(tmp_path / "half")
    with pytest.raises(MediaError, match="lacks"):
        DualEncoder(str(tmp_path / "half"))(FRAMES)
    for kind in (DualEncoder, QwenFeatures):
        with pytest.raises(MediaError, match="cannot be read"):
            kind(str(tmp_path))(FRAMES)
        with pytest.raises(MediaError, match="batch_size is 0"):
            kind(batch_size=0)
