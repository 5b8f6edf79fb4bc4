-- Organizations in partitions by the hash of their ids, and the log in one by year, with a default.
CREATE TABLE organizations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    plan_name TEXT,
    total_credits INTEGER,
    status TEXT DEFAULT 'active',
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
) PARTITION BY HASH (id);
CREATE TABLE organizations_0 PARTITION OF organizations FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE organizations_1 PARTITION OF organizations FOR VALUES WITH (MODULUS 2, REMAINDER 1);

CREATE TABLE credit_actions (
    id BIGSERIAL,
    organization_id UUID REFERENCES organizations (id),
    action_type TEXT NOT NULL,
    credits_consumed INTEGER DEFAULT 0,
    description TEXT,
    created_at TIMESTAMPTZ DEFAULT now(),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE credit_actions_2025 PARTITION OF credit_actions FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE credit_actions_rest PARTITION OF credit_actions DEFAULT;

CREATE INDEX idx_credit_actions_organization ON credit_actions (organization_id);
