-- An agency's schema: text with CHECKs for what others make an enum, names that are unique for an owner, owners that
-- need a region, invoices that refer to organizations, row security that binds the owner, and a trigger on update that
-- counts revisions.
CREATE TABLE regions (
    code CHAR(2) PRIMARY KEY CHECK (code = upper(code)),
    label VARCHAR(40) NOT NULL
);

CREATE TABLE owners (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE CHECK (email LIKE '%@%'),
    region CHAR(2) NOT NULL REFERENCES regions (code)
);

CREATE TABLE organizations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id BIGINT NOT NULL REFERENCES owners (id),
    name VARCHAR(80) NOT NULL CHECK (btrim(name) <> ''),
    vat_number VARCHAR(14) NOT NULL CONSTRAINT vat_number_key UNIQUE CHECK (vat_number ~ '^[A-Z]{2}[0-9]{8}$'),
    plan_name VARCHAR(24) NOT NULL CHECK (length(plan_name) > 0),
    total_credits INTEGER NOT NULL CHECK (total_credits BETWEEN 0 AND 50000000),
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'closed')),
    closed_on DATE,
    revision INTEGER NOT NULL DEFAULT 0,
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at TIMESTAMP NOT NULL DEFAULT now(),
    updated_at TIMESTAMP NOT NULL DEFAULT now(),
    CHECK ((status = 'closed') = (closed_on IS NOT NULL))
);
CREATE INDEX ON organizations (owner_id);

CREATE TABLE credit_actions (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL CONSTRAINT action_of_organization REFERENCES organizations (id),
    action_type VARCHAR(40) NOT NULL,
    credits_consumed INTEGER NOT NULL DEFAULT 0,
    description TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE invoices (
    number INTEGER PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    cents BIGINT NOT NULL CHECK (cents >= 0)
);

CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.revision := OLD.revision + 1;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION stamp();

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
