"""Makes the Parquet files and workbooks of the tests: `python make.py` with pyarrow, xlsxwriter, openpyxl, xlwt and odfpy."""

import datetime as d
import decimal as dec
import os

import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))


def here(name):
    return os.path.join(HERE, name)


def types():
    far = 2**62
    columns = {
        "boolean": pa.array([True, False, None]),
        "int8": pa.array([-128, 127, None], pa.int8()),
        "int64": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
        "uint8": pa.array([0, 255, None], pa.uint8()),
        "uint32": pa.array([0, 2**32 - 1, None], pa.uint32()),
        "uint64": pa.array([1, 2**64 - 1, None], pa.uint64()),
        "half": pa.array([0.1, -65504.0, None], pa.float16()),
        "float": pa.array([0.1, float("nan"), None], pa.float32()),
        "double": pa.array([0.1, 1e300, None], pa.float64()),
        "decimal": pa.array([dec.Decimal("-0.05"), dec.Decimal("12345678901234567890123456789012345.67"), None], pa.decimal128(38, 2)),
        "decimal_small": pa.array([dec.Decimal("1.50"), dec.Decimal("-99.99"), None], pa.decimal128(4, 2)),
        "decimal_large": pa.array([dec.Decimal("9" * 70 + ".123456"), dec.Decimal("-0.000001"), None], pa.decimal256(76, 6)),
        "date": pa.array([d.date(1945, 9, 2), d.date(9999, 12, 31), None], pa.date32()),
        "date_far": pa.array([2**31 - 1, 0, None], pa.int32()).cast(pa.date32()),
        "date64": pa.array([d.date(1945, 9, 2), d.date(2000, 2, 29), None], pa.date64()),
        "time_ms": pa.array([1500, 86399999, None], pa.int32()).cast(pa.time32("ms")),
        "time_ns": pa.array([0, 86399999999999, None], pa.int64()).cast(pa.time64("ns")),
        "stamp_s": pa.array([0, -1, None], pa.int64()).cast(pa.timestamp("s")),
        "stamp_ms": pa.array([1, far, None], pa.int64()).cast(pa.timestamp("ms")),
        "stamp_us": pa.array([1500000, far, None], pa.int64()).cast(pa.timestamp("us")),
        "stamp_ns": pa.array([1, -1, None], pa.int64()).cast(pa.timestamp("ns")),
        "stamp_utc": pa.array([1, 1700000000123456789, None], pa.int64()).cast(pa.timestamp("ns", "UTC")),
        "stamp_zone": pa.array([0, 1700000000123456, None], pa.int64()).cast(pa.timestamp("us", "Asia/Ho_Chi_Minh")),
        "duration": pa.array([4500, -3600000, None], pa.int64()).cast(pa.duration("ms")),
        "text": pa.array(["Nguyễn", "", None]),
        "dictionary": pa.array(["a", "b", None]).dictionary_encode(),
        "bytes": pa.array([b"\x00\xff", b"", None], pa.binary()),
        "fixed": pa.array([b"abcd", b"efgh", None], pa.binary(4)),
        "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(range(16)), b"\xff" * 16, None], pa.binary(16))),
        "json": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 12345678901234567890.10}', "1", None])),
        "nothing": pa.nulls(3),
        "list": pa.array([[1, None, 2**62], [], None], pa.list_(pa.int64())),
        "map": pa.array([[("a", dec.Decimal("1.50"))], [], None], pa.map_(pa.string(), pa.decimal128(5, 2))),
        "map_numbers": pa.array([[(1, "x")], [], None], pa.map_(pa.int32(), pa.string())),
        "struct": pa.array([{"ngày": d.date(2020, 1, 2), "ds": [{"x": 0.1}]}, {"ngày": None, "ds": None}, None],
                           pa.struct([("ngày", pa.date32()), ("ds", pa.list_(pa.struct([("x", pa.float32())])))])),
        "list_large": pa.array([["a"], [], None], pa.large_list(pa.large_string())),
        "list_fixed": pa.array([[1, 2], [3, 4], None], pa.list_(pa.int16(), 2)),
    }
    pq.write_table(pa.table(columns), here("types.parquet"), compression="zstd", write_statistics=False)


def codecs():
    table = pa.table({"ma": pa.array([f"{n:05}" for n in range(60)]), "so": pa.array(range(60), pa.int64())})
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        pq.write_table(table, here(f"codec-{codec}.parquet"), compression=codec, write_statistics=False, row_group_size=40,
                       store_schema=False)
    pq.write_table(table, here("pages-v2.parquet"), compression="snappy", data_page_version="2.0", store_schema=False,
                   use_dictionary=False, column_encoding={"ma": "DELTA_BYTE_ARRAY", "so": "DELTA_BINARY_PACKED"})


def old():
    stamps = pa.array([1700000000123456789, -1, None], pa.int64()).cast(pa.timestamp("ns"))
    far = pa.array([253402214400000000, -62135596800000000, None], pa.int64()).cast(pa.timestamp("us"))
    pq.write_table(pa.table({"moment": stamps, "ma": pa.array([1, 2, 3]), "far": far}), here("int96.parquet"),
                   use_deprecated_int96_timestamps=True, store_schema=False)
    # Bytes that are no text, in a column of texts.
    broken = pa.Array.from_buffers(pa.string(), 3, pa.array([b"An", b"Nguy\xe1\xbb", b"B\xc3\xa9"], pa.binary()).buffers())
    pq.write_table(pa.table({"ma": pa.array([1, 2, 3]), "ten": broken}), here("not-utf8.parquet"), store_schema=False)


def books():
    import xlsxwriter

    def book(name, options=None):
        workbook = xlsxwriter.Workbook(here(name), options or {})
        workbook.set_properties({"created": d.datetime(2025, 1, 1)})
        return workbook

    with book("kinds.xlsx") as w:
        s = w.add_worksheet("Dữ liệu")
        as_ = lambda code: w.add_format({"num_format": code})
        s.write_row(0, 0, ["ma", "ngày", "lúc", "giờ", "làm", "tỷ lệ", "tiền", "định danh", "lỗi", "đúng", "chữ"])
        rows = [
            ("001", d.date(1945, 9, 2), d.datetime(2020, 1, 2, 3, 4, 5, 678000), 0.5, 1.260416666666667, 0.125, 1500000, 1198000001, "#N/A", True, "a"),
            ("002", d.date(1900, 1, 1), d.datetime(2020, 1, 2), 0.75, 0.5, 1, 0.1, 79198000001, None, False, "123"),
        ]
        for n, (ma, ngay, luc, gio, lam, ty_le, tien, so, loi, dung, chu) in enumerate(rows, 1):
            s.write_string(n, 0, ma)
            s.write_datetime(n, 1, ngay, as_("dd/mm/yyyy"))
            s.write_datetime(n, 2, luc, as_("dd/mm/yyyy hh:mm"))
            s.write_number(n, 3, gio, as_("hh:mm"))
            s.write_number(n, 4, lam, as_("[h]:mm"))
            s.write_number(n, 5, ty_le, as_("0.0%"))
            s.write_number(n, 6, tien, as_("#,##0"))
            s.write_number(n, 7, so, as_("000000000000"))
            if loi:
                s.write_formula(n, 8, "=NA()", None, loi)
            s.write_boolean(n, 9, dung)
            s.write_string(n, 10, chu)

    with book("epoch-1904.xlsx", {"date_1904": True}) as w:
        s = w.add_worksheet()
        s.write_row(0, 0, ["ma", "ngày"])
        s.write_string(1, 0, "1")
        s.write_datetime(1, 1, d.date(1945, 9, 2), w.add_format({"num_format": "yyyy-mm-dd"}))

    with book("merged.xlsx") as w:
        w.add_worksheet("Bìa").hide()
        w.add_worksheet("Trống")
        s = w.add_worksheet("Hộ nghèo")
        s.activate()
        s.set_first_sheet()
        s.merge_range(0, 0, 0, 4, "DANH SÁCH HỘ NGHÈO NĂM 2025")
        s.merge_range(2, 0, 3, 0, "STT")
        s.merge_range(2, 1, 3, 1, "Họ tên")
        s.merge_range(2, 2, 2, 3, "Nơi ở")
        s.write_row(3, 2, ["Xã", "Thôn"])
        s.merge_range(2, 4, 3, 4, "Thu nhập")
        s.write_row(4, 0, ["(1)", "(2)", "(3)", "(4)", "(đồng)"])
        s.write_row(5, 0, [1, "Nguyễn Văn A", "Kỳ Phú", "Phú Lợi", 900000])
        s.write_row(6, 0, [2, "Trần Thị B", "Kỳ Anh", "Tân Giang", 1200000.5])
        w.add_worksheet("Ghi chú").write(0, 0, "x")

    import xlwt

    w = xlwt.Workbook(encoding="utf-8")
    s = w.add_sheet("Dữ liệu")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    for c, name in enumerate(["ma", "ngày", "số"]):
        s.write(0, c, name)
    s.write(1, 0, "001"), s.write(1, 1, d.date(1945, 9, 2), day), s.write(1, 2, 0.125)
    w.save(here("old.xls"))

    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    doc = OpenDocumentSpreadsheet()
    table = Table(name="Dữ liệu")

    def row(*cells):
        r = TableRow()
        for kind, value, shown in cells:
            attributes = {"date": {"datevalue": value}, "float": {"value": value}, "string": {}, "time": {"timevalue": value}, "percentage": {"value": value}}[kind]
            cell = TableCell(valuetype=kind, **attributes)
            cell.addElement(P(text=shown))
            r.addElement(cell)
        table.addElement(r)

    row(*[("string", None, name) for name in ["ma", "ngày", "giờ", "tỷ lệ"]])
    row(("string", None, "001"), ("date", "1945-09-02", "02/09/45"), ("time", "PT10H30M00S", "10:30"), ("percentage", "0.125", "12,5%"))
    doc.spreadsheet.addElement(table)
    doc.save(here("open.ods"))


if __name__ == "__main__":
    types(), codecs(), old(), books()
