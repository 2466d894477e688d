CREATE TABLE turns (
    thread_id VARCHAR(200) NOT NULL,
    turn INTEGER NOT NULL,
    text TEXT NOT NULL,
    status VARCHAR(20) DEFAULT 'running' NOT NULL,
    error TEXT,
    model_calls INTEGER DEFAULT '0' NOT NULL,
    input_tokens INTEGER DEFAULT '0' NOT NULL,
    output_tokens INTEGER DEFAULT '0' NOT NULL,
    started_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITHOUT TIME ZONE,
    CONSTRAINT turns_pkey PRIMARY KEY (thread_id, turn),
    CONSTRAINT ck_turns_status_vocab CHECK (status IN ('running', 'waiting', 'done', 'failed'))
);
