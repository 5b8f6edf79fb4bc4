--
-- PostgreSQL database dump
--

\restrict mBhD0jX2yqvWc1sFzTn8kLr5Ue4AoG7pKiQwYtRbNvCxZsDlHfMgJaVuEy

-- Dumped from database version 16.10
-- Dumped by pg_dump version 16.10

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: handle; Type: DOMAIN; Schema: public; Owner: -
--

CREATE DOMAIN public.handle AS text
	CONSTRAINT handle_check CHECK ((VALUE ~ '^[a-z][a-z0-9_]{1,19}$'::text));

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: credit_actions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.credit_actions (
    id integer NOT NULL,
    organization_id uuid,
    action_type text NOT NULL,
    credits_consumed integer DEFAULT 0,
    description character varying(500),
    created_at timestamp without time zone DEFAULT now() NOT NULL,
    actor text DEFAULT CURRENT_USER NOT NULL
);

--
-- Name: credit_actions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.credit_actions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.credit_actions_id_seq OWNED BY public.credit_actions.id;

--
-- Name: organizations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    handle public.handle NOT NULL,
    name text NOT NULL,
    plan_name character varying(50) DEFAULT 'free'::character varying,
    total_credits integer DEFAULT 0,
    status text DEFAULT 'active'::text,
    contact jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    CONSTRAINT contact_is_an_object CHECK ((jsonb_typeof(contact) = 'object'::text))
);

ALTER TABLE ONLY public.credit_actions ALTER COLUMN id SET DEFAULT nextval('public.credit_actions_id_seq'::regclass);

ALTER TABLE ONLY public.credit_actions
    ADD CONSTRAINT credit_actions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_handle_key UNIQUE (handle);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

CREATE INDEX credit_actions_by_organization ON public.credit_actions USING btree (organization_id);

ALTER TABLE ONLY public.credit_actions
    ADD CONSTRAINT credit_actions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE SET NULL;

--
-- PostgreSQL database dump complete
--

\unrestrict mBhD0jX2yqvWc1sFzTn8kLr5Ue4AoG7pKiQwYtRbNvCxZsDlHfMgJaVuEy
