CREATE TABLE source_lines (
    source_file_id UUID NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT source_lines_pkey PRIMARY KEY (source_file_id)
);
-- A sales file may hold both channels.
/* engine: duckdb
CREATE TABLE source_files_before AS SELECT * FROM source_files;
DROP TABLE source_files;
CREATE TABLE source_files (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    file_name VARCHAR(500) NOT NULL,
    role VARCHAR(20) NOT NULL,
    channel VARCHAR(20),
    date_min DATE,
    date_max DATE,
    rows_read BIGINT NOT NULL,
    rows_accepted BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    sales_value NUMERIC(18, 2) NOT NULL,
    margin_value NUMERIC(18, 2) NOT NULL,
    units BIGINT NOT NULL,
    merge_mode VARCHAR(20) NOT NULL,
    relation VARCHAR(20),
    job_id VARCHAR(100),
    report JSONB NOT NULL,
    ingested_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    CONSTRAINT source_files_pkey PRIMARY KEY (id),
    CONSTRAINT ck_source_files_role_vocab CHECK (role IN ('sales', 'promo')),
    CONSTRAINT ck_source_files_channel_vocab CHECK (channel IN ('online', 'offline')),
    CONSTRAINT ck_source_files_merge_mode_vocab CHECK (merge_mode IN ('union', 'overwrite', 'intersect')),
    CONSTRAINT ck_source_files_relation_vocab CHECK (relation IN ('subset', 'additional')),
    CONSTRAINT ck_source_files_relation_is_promo CHECK (role = 'promo' OR relation IS NULL),
    CONSTRAINT uq_source_files_sha256 UNIQUE (sha256)
);
INSERT INTO source_files SELECT * FROM source_files_before;
DROP TABLE source_files_before;
*/
-- engine: postgresql
ALTER TABLE source_files DROP CONSTRAINT ck_source_files_sales_has_channel;
ALTER TABLE source_lines ADD CONSTRAINT fk_source_lines_source_file_id FOREIGN KEY(source_file_id) REFERENCES source_files (id) ON DELETE CASCADE;
