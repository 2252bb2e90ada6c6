//! What other tools are asked: the same thirteen rules, as far as each has them, and a profile.

pub(super) const DUCKDB_RULES: &str = r#"
import sys, duckdb
print(duckdb.sql(f"""SELECT count(*),
  count(*) FILTER (so_dinh_danh IS NULL), count(*) FILTER (NOT regexp_full_match(so_dinh_danh, '[0-9]{{12}}')),
  count(so_dinh_danh) - count(DISTINCT so_dinh_danh), count(*) FILTER (ho_ten IS NULL), count(*) FILTER (length(ho_ten) NOT BETWEEN 1 AND 128),
  count(*) FILTER (TRY_CAST(ngay_sinh AS DATE) > DATE '2026-11-30'), count(*) FILTER (gioi_tinh NOT IN ('1', '2')),
  count(*) FILTER (NOT (TRY_CAST(dan_toc AS INT) BETWEEN 1 AND 54)), count(*) FILTER (NOT regexp_full_match(dien_thoai, '[0-9]{{10}}')),
  count(*) FILTER (NOT regexp_full_match(xa, '[0-9]{{5}}')), count(*) FILTER (TRY_CAST(ngay_cap AS DATE) < TRY_CAST(ngay_sinh AS DATE)),
  count(*) FILTER (TRY_CAST(ngay_mat AS DATE) < TRY_CAST(ngay_sinh AS DATE)), count(*) FILTER (TRY_CAST(cap_nhat AS TIMESTAMP) > TIMESTAMP '2026-12-01')
  FROM read_parquet('{sys.argv[1]}')""").fetchall())
"#;

pub(super) const DUCKDB_PROFILE: &str = r#"
import sys, duckdb
print(duckdb.sql(f"SUMMARIZE SELECT * FROM read_parquet('{sys.argv[1]}')").fetchall())
"#;

pub(super) const EXPECTATIONS: &str = r#"
import sys, os
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import pandas as pd, great_expectations as gx
import great_expectations.expectations as e
frame = pd.read_parquet(sys.argv[1])
context = gx.get_context(mode="ephemeral")
batch = context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
day = dict(min_value="1900-01-01", max_value="2026-11-30")
suite = gx.ExpectationSuite(name="s", expectations=[
    e.ExpectColumnValuesToNotBeNull(column="so_dinh_danh"), e.ExpectColumnValuesToMatchRegex(column="so_dinh_danh", regex="^[0-9]{12}$"),
    e.ExpectColumnValuesToBeUnique(column="so_dinh_danh"), e.ExpectColumnValuesToNotBeNull(column="ho_ten"),
    e.ExpectColumnValueLengthsToBeBetween(column="ho_ten", min_value=1, max_value=128), e.ExpectColumnValuesToBeBetween(column="ngay_sinh", **day),
    e.ExpectColumnValuesToBeInSet(column="gioi_tinh", value_set=["1", "2"]), e.ExpectColumnValuesToBeInSet(column="dan_toc", value_set=[f"{n:02}" for n in range(1, 55)]),
    e.ExpectColumnValuesToMatchRegex(column="dien_thoai", regex="^[0-9]{10}$"), e.ExpectColumnValuesToMatchRegex(column="xa", regex="^[0-9]{5}$"),
    e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="ngay_cap", column_B="ngay_sinh", or_equal=True), e.ExpectColumnValuesToBeBetween(column="cap_nhat", **day),
])
batch.validate(suite)
"#;

pub(super) const YDATA: &str = r#"
import sys
import pandas as pd
from ydata_profiling import ProfileReport
frame = pd.read_parquet(sys.argv[1])
ProfileReport(frame, minimal=True, progress_bar=False).to_file(sys.argv[1] + ".html")
"#;

/// The same in the database itself, by its own SQL.
pub(super) const POSTGRES_RULES: &str = r#"SELECT count(*),
  count(*) FILTER (WHERE so_dinh_danh IS NULL), count(*) FILTER (WHERE so_dinh_danh !~ '^[0-9]{12}$'),
  count(so_dinh_danh) - count(DISTINCT so_dinh_danh), count(*) FILTER (WHERE ho_ten IS NULL), count(*) FILTER (WHERE length(ho_ten) NOT BETWEEN 1 AND 128),
  count(*) FILTER (WHERE ngay_sinh ~ '^\d{4}-\d\d-\d\d$' AND ngay_sinh > '2026-11-30'), count(*) FILTER (WHERE gioi_tinh NOT IN ('1', '2')),
  count(*) FILTER (WHERE dan_toc !~ '^(0[1-9]|[1-4][0-9]|5[0-4])$'), count(*) FILTER (WHERE dien_thoai !~ '^[0-9]{10}$'),
  count(*) FILTER (WHERE xa !~ '^[0-9]{5}$'), count(*) FILTER (WHERE ngay_cap < ngay_sinh),
  count(*) FILTER (WHERE ngay_mat < ngay_sinh), count(*) FILTER (WHERE cap_nhat > '2026-12-01') FROM persons"#;

/// The rules over the table of a server. The address is the first argument.
pub(super) const EXPECTATIONS_POSTGRES: &str = r#"
import sys, os
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
import great_expectations.expectations as e
context = gx.get_context(mode="ephemeral")
source = context.data_sources.add_postgres("p", connection_string=sys.argv[1].replace("postgres://", "postgresql+psycopg2://"))
batch = source.add_table_asset("a", table_name="persons").add_batch_definition_whole_table("b").get_batch()
day = dict(min_value="1900-01-01", max_value="2026-11-30")
suite = gx.ExpectationSuite(name="s", expectations=[
    e.ExpectColumnValuesToNotBeNull(column="so_dinh_danh"), e.ExpectColumnValuesToMatchRegex(column="so_dinh_danh", regex="^[0-9]{12}$"),
    e.ExpectColumnValuesToBeUnique(column="so_dinh_danh"), e.ExpectColumnValuesToNotBeNull(column="ho_ten"),
    e.ExpectColumnValueLengthsToBeBetween(column="ho_ten", min_value=1, max_value=128), e.ExpectColumnValuesToBeBetween(column="ngay_sinh", **day),
    e.ExpectColumnValuesToBeInSet(column="gioi_tinh", value_set=["1", "2"]), e.ExpectColumnValuesToBeInSet(column="dan_toc", value_set=[f"{n:02}" for n in range(1, 55)]),
    e.ExpectColumnValuesToMatchRegex(column="dien_thoai", regex="^[0-9]{10}$"), e.ExpectColumnValuesToMatchRegex(column="xa", regex="^[0-9]{5}$"),
    e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="ngay_cap", column_B="ngay_sinh", or_equal=True), e.ExpectColumnValuesToBeBetween(column="cap_nhat", **day),
])
batch.validate(suite)
"#;

/// The profile of the first rows of a server's table.
pub(super) const YDATA_POSTGRES: &str = r#"
import sys, tempfile
import pandas as pd, sqlalchemy
from ydata_profiling import ProfileReport
engine = sqlalchemy.create_engine(sys.argv[1].replace("postgres://", "postgresql+psycopg2://"))
frame = pd.read_sql("SELECT * FROM persons", engine)
ProfileReport(frame, minimal=True, progress_bar=False).to_file(tempfile.mkdtemp() + "/profile.html")
"#;

/// Soda's contract of the thirteen rules. The place of the table stands in front.
pub(super) const SODA_CONTRACT: &str = r#"
columns:
  - name: so_dinh_danh
    checks:
      - missing:
      - invalid:
          valid_format: { name: id, regex: '^[0-9]{12}$' }
      - duplicate:
  - name: ho_ten
    checks:
      - missing:
      - invalid:
          valid_min_length: 1
          valid_max_length: 128
  - name: ngay_sinh
    checks:
      - failed_rows: { expression: "ngay_sinh > '2026-11-30'" }
  - name: gioi_tinh
    checks:
      - invalid: { valid_values: ['1', '2'] }
  - name: dan_toc
    checks:
      - invalid:
          valid_format: { name: people, regex: '^(0[1-9]|[1-4][0-9]|5[0-4])$' }
  - name: dien_thoai
    checks:
      - invalid:
          valid_format: { name: telephone, regex: '^[0-9]{10}$' }
  - name: xa
    checks:
      - invalid:
          valid_format: { name: commune, regex: '^[0-9]{5}$' }
  - name: ngay_cap
    checks:
      - failed_rows: { expression: "ngay_cap < ngay_sinh" }
  - name: ngay_mat
    checks:
      - failed_rows: { expression: "ngay_mat < ngay_sinh" }
  - name: cap_nhat
    checks:
      - failed_rows: { expression: "cap_nhat > '2026-12-01'" }
"#;

/// A table of DuckDB's for Soda, which reads no files: made before it is measured.
pub(super) const DUCKDB_TABLE: &str = r#"
import sys, os, duckdb
if not os.path.exists(sys.argv[2]):
    duckdb.connect(sys.argv[2]).execute(f"CREATE TABLE persons AS SELECT * FROM read_parquet('{sys.argv[1]}')")
"#;
