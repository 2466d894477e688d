CREATE TABLE approvals (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    kind VARCHAR(20) NOT NULL,
    subject_id VARCHAR(100) NOT NULL,
    content_sha256 VARCHAR(64) NOT NULL,
    proposal JSONB NOT NULL,
    status VARCHAR(20) DEFAULT 'pending' NOT NULL,
    thread_id VARCHAR(200),
    requested_by VARCHAR(100) NOT NULL,
    requested_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    decided_by VARCHAR(100),
    decided_at TIMESTAMP WITHOUT TIME ZONE,
    reason TEXT,
    CONSTRAINT approvals_pkey PRIMARY KEY (id),
    CONSTRAINT ck_approvals_kind_vocab CHECK (kind IN ('scenario', 'creative', 'coefficients')),
    CONSTRAINT ck_approvals_status_vocab CHECK (status IN ('pending', 'approved', 'rejected')),
    CONSTRAINT unique_approval UNIQUE (kind, subject_id, content_sha256)
);
-- engine: postgresql
CREATE INDEX idx_approvals_status ON approvals (status);
CREATE INDEX idx_approvals_thread ON approvals (thread_id);
