-- The roles of Corpusgate's vector database. An administrator runs this once in the database that will hold the vectors
-- (psql -d corpusgate -f roles.sql), then sets both passwords: \password corpusgate_loader, \password corpusgate_reader.
-- Running it again changes nothing.

CREATE EXTENSION IF NOT EXISTS vector;  -- 0.8 or later: filtered searches need its iterative scans

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'corpusgate_loader') THEN
        CREATE ROLE corpusgate_loader LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'corpusgate_reader') THEN
        CREATE ROLE corpusgate_reader LOGIN;
    END IF;
END $$;

-- Loads generations and owns their tables; used by refreshes only.
ALTER ROLE corpusgate_loader NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Answers questions. Row-level security binds it: it owns nothing, inherits nothing and may only SELECT.
ALTER ROLE corpusgate_reader NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
ALTER ROLE corpusgate_reader SET statement_timeout = '30s';
ALTER ROLE corpusgate_reader SET default_transaction_read_only = on;

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO corpusgate_loader', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO corpusgate_reader', current_database());
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
