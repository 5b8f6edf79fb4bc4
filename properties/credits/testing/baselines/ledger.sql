-- A ledger's schema: pools of BIGINT, plans as an enum, unique names, no status, and times without a zone.
CREATE TYPE plan_kind AS ENUM ('free', 'starter', 'premium', 'enterprise');

CREATE TABLE organizations (
    id UUID PRIMARY KEY,
    number BIGSERIAL UNIQUE,
    name VARCHAR(64) NOT NULL UNIQUE,
    plan_name plan_kind NOT NULL DEFAULT 'free',
    total_credits BIGINT,
    status VARCHAR(12) DEFAULT 'active',
    parent_id UUID REFERENCES organizations (id),
    tags TEXT[] NOT NULL DEFAULT '{}',
    created_at TIMESTAMP NOT NULL DEFAULT now(),
    updated_at TIMESTAMP
);

CREATE TABLE credit_actions (
    id BIGSERIAL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    action_type TEXT NOT NULL,
    credits_consumed BIGINT,
    description TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL DEFAULT now()
);
