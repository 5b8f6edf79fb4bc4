-- A ledger's schema: pools of BIGINT, plans as an enum, unique names, times without a zone, and columns that follow each
-- update.
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
    updated_at TIMESTAMP,
    updated_on DATE GENERATED ALWAYS AS (updated_at::DATE) STORED,
    search TSVECTOR
);

CREATE FUNCTION index_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := to_tsvector('simple', NEW.name);
    RETURN NEW;
END $$;
CREATE TRIGGER index_words BEFORE UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION index_words();

CREATE TABLE credit_actions (
    id BIGSERIAL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    action_type TEXT NOT NULL,
    credits_consumed NUMERIC(14, 2),
    description TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL DEFAULT now()
);
