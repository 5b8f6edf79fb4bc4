-- The schema before the migration: the two tables that its statements use, with one pool of credits.
-- Columns that the application sometimes leaves empty are nullable, as in production.

CREATE TABLE organizations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    plan_name TEXT,
    total_credits INTEGER,
    status TEXT DEFAULT 'active',
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
);

CREATE TABLE credit_actions (
    id BIGSERIAL PRIMARY KEY,
    organization_id UUID REFERENCES organizations (id),
    action_type TEXT NOT NULL,
    credits_consumed INTEGER DEFAULT 0,
    description TEXT,
    created_at TIMESTAMPTZ DEFAULT now()
);

CREATE INDEX idx_credit_actions_organization ON credit_actions (organization_id);
