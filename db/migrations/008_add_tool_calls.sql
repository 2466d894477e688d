CREATE TABLE tool_calls (
    thread_id VARCHAR(200) NOT NULL,
    call_id VARCHAR(200) NOT NULL,
    agent VARCHAR(100) NOT NULL,
    tool VARCHAR(100) NOT NULL,
    mode VARCHAR(10) NOT NULL,
    arguments JSONB NOT NULL,
    result JSONB,
    error TEXT,
    called_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    CONSTRAINT tool_calls_pkey PRIMARY KEY (thread_id, call_id),
    CONSTRAINT ck_tool_calls_mode_vocab CHECK (mode IN ('READ', 'WRITE'))
);
