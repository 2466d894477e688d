CREATE TABLE uplift_models (
    model_version VARCHAR(20) NOT NULL,
    fitted_until DATE NOT NULL,
    data_version VARCHAR(64) NOT NULL,
    backtest JSONB NOT NULL,
    detail JSONB NOT NULL,
    promoted_at TIMESTAMP WITHOUT TIME ZONE,
    promoted_by VARCHAR(100),
    created_at TIMESTAMP WITHOUT TIME ZONE DEFAULT (now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT uplift_models_pkey PRIMARY KEY (model_version)
);
