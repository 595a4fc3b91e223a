"""Rows of a .parquet, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from toolkit.corpus.readers.records import Texts, text_column, text_of
from toolkit.corpus.sources import RawSource
from toolkit.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_ONCE = 64
_BUFFER = 1 << 20


def read(source: RawSource, columns: Mapping[str, str], _encoding: str) -> tuple[str, Texts]:
    """The rows; see ``toolkit.corpus.readers.read``."""
    return "utf-8", _rows(source, columns)


def _rows(source: RawSource, columns: Mapping[str, str]) -> Texts:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        reader: Any = parquet.ParquetFile  # pyarrow has no types
        file = reader(source.stream, buffer_size=_BUFFER, pre_buffer=False)
        text_column(file.schema_arrow.names, columns, source.origin)
        names = [column.name for column in file.schema_arrow if _is_scalar(column.type)]
        number = 0
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=names, use_threads=False):
            for record in _readable(batch).to_pylist():
                number += 1
                yield text_of(record, columns, number, source.origin)
    # pyarrow raises UnicodeDecodeError for strings that aren't UTF-8, OSError for cut pages.
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        raise InputError(
            f"{source.origin}: not a Parquet file that can be read ({error})",
            "It may have been cut short or damaged; copy or write it again.",
        ) from None


def _is_scalar(kind: pa.DataType) -> bool:
    """Whether its values can be metadata: no lists, no maps, no bytes."""
    import pyarrow as pa

    bytes_like = pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary
    return not (pa.types.is_nested(kind) or any(is_kind(kind) for is_kind in bytes_like))


def _readable(batch: pa.RecordBatch) -> pa.Table:
    """Times to the microsecond, which is what Python has."""
    import pyarrow as pa

    table: pa.Table = pa.Table.from_batches([batch])
    for index, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            kind = pa.timestamp("us", column.type.tz)
        elif pa.types.is_time64(column.type):
            kind = pa.time64("us")
        elif pa.types.is_duration(column.type):
            kind = pa.duration("us")
        else:
            continue
        values: Any = table.column(index).cast(kind, safe=False)
        table = table.set_column(index, column.name, values)
    return table
