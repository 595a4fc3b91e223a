"""Train a token classifier on this version's Parquet files, and print its F1 on another split.

    pip install datasets "transformers[torch]"
    python token_classification.py --output model
    python token_classification.py --output model --pretrained hfl/chinese-roberta-wwm-ext

Without --pretrained it is a small BERT that begins with nothing, knows the characters of the
training split, and needs neither a download nor a GPU: a check that all goes through, and no
model to be proud of. --fold fold_1 learns from all other folds and scores on that one. Long
documents are cut into pieces. F1 is over whole spans of the texts as they are, label and both
ends right.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

SPLITS = ("train", "dev")

_UNKNOWN, _PADDING = "[UNK]", "[PAD]"
_IGNORED = -100
"""A tag that no loss is counted for: a word piece that is not the first of its character."""


def main() -> None:
    """Train, score, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=HERE, help="folder of the version")
    parser.add_argument("--output", type=Path, default=Path("model"), help="where the model goes")
    parser.add_argument("--pretrained", help="begin with this model (downloaded if need be)")
    parser.add_argument("--splits", nargs=2, default=SPLITS, metavar=("TRAIN", "DEV"))
    parser.add_argument("--fold", help="learn from all other splits, and score on this one")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--steps", type=int, default=-1, help="stop after so many; -1: by epochs")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, help="learning rate; 5e-5 if pretrained, else 1e-3")
    parser.add_argument("--longest", type=int, default=256, help="characters of a piece")
    arguments = parser.parse_args()
    print(json.dumps(run(arguments)))  # noqa: T201 - a script, for people


def run(arguments: argparse.Namespace) -> dict[str, float]:
    """Train as the arguments say; precision, recall and F1 on the second split."""
    from datasets import load_dataset
    from transformers import DataCollatorForTokenClassification, Trainer, TrainingArguments

    learnt, scored = SPLITS
    data = load_dataset("parquet", data_files=dict(zip(SPLITS, files(arguments), strict=True)))
    names = data[learnt].features["ner_tags"].feature.names
    pieces = data.map(
        lambda rows: cut(rows, arguments.longest, names),
        batched=True,
        remove_columns=data[learnt].column_names,
    ).filter(lambda row: bool(row["tokens"]))
    tokenizer, model = begin(arguments, pieces[learnt]["tokens"], names)
    encoded = pieces.map(
        lambda rows: encode(rows, tokenizer), batched=True, remove_columns=["tokens", "ner_tags"]
    )
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(arguments.output),
            num_train_epochs=arguments.epochs,
            max_steps=arguments.steps,
            per_device_train_batch_size=arguments.batch,
            learning_rate=arguments.rate or (5e-5 if arguments.pretrained else 1e-3),
            report_to=[],
            save_strategy="no",
        ),
        train_dataset=encoded[learnt],
        eval_dataset=encoded[scored],
        data_collator=DataCollatorForTokenClassification(tokenizer),
        compute_metrics=lambda prediction: score(
            prediction.predictions, prediction.label_ids, names
        ),
    )
    trainer.train()
    trainer.save_model()
    tokenizer.save_pretrained(str(arguments.output))
    figures = trainer.evaluate()
    return {name: figures[f"eval_{name}"] for name in ("precision", "recall", "f1", "loss")}


def files(arguments: argparse.Namespace) -> tuple[list[str], str]:
    """What is learnt from, and what is scored on."""
    folder = arguments.data / "parquet"
    if not arguments.fold:
        train, dev = arguments.splits
        return [str(folder / f"{train}.parquet")], str(folder / f"{dev}.parquet")
    fold = folder / f"{arguments.fold}.parquet"
    return [str(file) for file in sorted(folder.glob("*.parquet")) if file != fold], str(fold)


def cut(rows: dict[str, Any], longest: int, names: list[str]) -> dict[str, Any]:
    """Documents in pieces of at most so many characters, no span cut that is shorter than that."""
    inside = {number for number, name in enumerate(names) if name.startswith("I-")}
    pieces: dict[str, Any] = {"tokens": [], "ner_tags": []}
    for tokens, tags in zip(rows["tokens"], rows["ner_tags"], strict=True):
        start = 0
        while start < len(tokens):
            end = min(start + longest, len(tokens))
            if end < len(tokens):
                end = next((i for i in range(end, start, -1) if tags[i] not in inside), end)
            pieces["tokens"].append(tokens[start:end])
            pieces["ner_tags"].append(tags[start:end])
            start = end
    return pieces


def begin(
    arguments: argparse.Namespace, texts: Sequence[Sequence[str]], names: list[str]
) -> tuple[Any, Any]:
    """A tokenizer and a model: the pretrained ones, or small ones of our own."""
    from transformers import (
        AutoModelForTokenClassification,
        AutoTokenizer,
        BertConfig,
        BertForTokenClassification,
    )

    tags = {
        "id2label": dict(enumerate(names)),
        "label2id": {name: number for number, name in enumerate(names)},
    }
    if arguments.pretrained:
        return (
            AutoTokenizer.from_pretrained(arguments.pretrained, use_fast=True),
            AutoModelForTokenClassification.from_pretrained(arguments.pretrained, **tags),
        )
    tokenizer = characters(texts)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=256,
        max_position_embeddings=arguments.longest,
        pad_token_id=tokenizer.pad_token_id,
        **tags,
    )
    return tokenizer, BertForTokenClassification(config)


def characters(texts: Sequence[Sequence[str]]) -> Any:
    """A tokenizer whose tokens are the characters of these texts."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    known = [_PADDING, _UNKNOWN, *sorted({char for text in texts for char in text})]
    model = WordLevel({char: number for number, char in enumerate(known)}, unk_token=_UNKNOWN)
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(model), unk_token=_UNKNOWN, pad_token=_PADDING
    )


def encode(rows: dict[str, Any], tokenizer: Any) -> Any:
    """Characters as numbers; of a character's word pieces the first has its tag."""
    encoded = tokenizer(rows["tokens"], is_split_into_words=True, truncation=False)
    labels = []
    for i, tags in enumerate(rows["ner_tags"]):
        of, before = [], None
        for word in encoded.word_ids(i):
            of.append(_IGNORED if word is None or word == before else tags[word])
            before = word
        labels.append(of)
    encoded["labels"] = labels
    return encoded


def score(logits: Any, labels: Any, names: list[str]) -> dict[str, float]:
    """Precision, recall and F1 over whole spans."""
    given = right = wanted = 0
    for row, truth in zip(logits.argmax(-1), labels, strict=True):
        kept = truth != _IGNORED
        found, there = (spans([names[tag] for tag in tags[kept]]) for tags in (row, truth))
        given, wanted, right = given + len(found), wanted + len(there), right + len(found & there)
    return {
        "precision": right / given if given else 0.0,
        "recall": right / wanted if wanted else 0.0,
        "f1": 2 * right / (given + wanted) if given + wanted else 0.0,
    }


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """The spans of BIO tags as a model may give them: an I that goes on with nothing is none."""
    found, start, label = set(), 0, ""
    for i, tag in enumerate([*tags, "O"]):
        kind, _, name = tag.partition("-")
        if label and (kind != "I" or name != label):
            found.add((start, i, label))
            label = ""
        if kind == "B":
            start, label = i, name
    return found


if __name__ == "__main__":
    main()
