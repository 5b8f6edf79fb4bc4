--
-- PostgreSQL database dump of a tenant's database: everything is in a schema whose name needs quotes, and only a setting
-- of the database puts it on the search_path. Row security binds the owner; the log is partitioned by time.
--

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;

CREATE SCHEMA "crm-app";

DO $settings$ BEGIN
    EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path TO ''crm-app'', ''public''', pg_catalog.current_database());
END $settings$;

CREATE TYPE "crm-app".plan AS ENUM ('trial', 'custom', 'Premium', 'Enterprise');

CREATE DOMAIN "crm-app".slug AS character varying(30)
	CONSTRAINT slug_check CHECK (((VALUE)::text ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text));

CREATE FUNCTION "crm-app".stamp() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN NEW.updated_at := pg_catalog.now(); RETURN NEW; END $$;

CREATE TABLE "crm-app".tenants (
    id integer NOT NULL,
    slug "crm-app".slug NOT NULL
);

CREATE TABLE "crm-app".organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id integer NOT NULL,
    name character varying(60) NOT NULL,
    plan_name "crm-app".plan DEFAULT 'trial'::"crm-app".plan NOT NULL,
    total_credits numeric(14,2) DEFAULT 0 NOT NULL,
    status character varying(16) DEFAULT 'active'::character varying NOT NULL,
    created_at timestamp without time zone DEFAULT now() NOT NULL,
    updated_at timestamp without time zone DEFAULT now() NOT NULL,
    CONSTRAINT organizations_total_credits_check CHECK ((total_credits >= (0)::numeric))
);

ALTER TABLE ONLY "crm-app".organizations FORCE ROW LEVEL SECURITY;

CREATE TABLE "crm-app".credit_actions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    action_type character varying(32) NOT NULL,
    credits_consumed bigint DEFAULT 0 NOT NULL,
    description character varying(80) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT description_is_not_blank CHECK ((btrim((description)::text) <> ''::text))
)
PARTITION BY RANGE (created_at);

CREATE TABLE "crm-app".credit_actions_2025 PARTITION OF "crm-app".credit_actions
    FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');

CREATE TABLE "crm-app".credit_actions_rest PARTITION OF "crm-app".credit_actions DEFAULT;

ALTER TABLE ONLY "crm-app".tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY "crm-app".tenants
    ADD CONSTRAINT tenants_slug_key UNIQUE (slug);

ALTER TABLE ONLY "crm-app".organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY "crm-app".organizations
    ADD CONSTRAINT organizations_tenant_id_name_key UNIQUE (tenant_id, name);

ALTER TABLE ONLY "crm-app".credit_actions
    ADD CONSTRAINT credit_actions_pkey PRIMARY KEY (id, created_at);

CREATE INDEX credit_actions_organization ON ONLY "crm-app".credit_actions USING btree (organization_id, created_at);

CREATE TRIGGER organizations_stamp BEFORE UPDATE ON "crm-app".organizations FOR EACH ROW EXECUTE FUNCTION "crm-app".stamp();

ALTER TABLE ONLY "crm-app".organizations
    ADD CONSTRAINT organizations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES "crm-app".tenants(id);

ALTER TABLE "crm-app".credit_actions
    ADD CONSTRAINT credit_actions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES "crm-app".organizations(id) ON DELETE CASCADE;

ALTER TABLE "crm-app".organizations ENABLE ROW LEVEL SECURITY;

--
-- PostgreSQL database dump complete
--
