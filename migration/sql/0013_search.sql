-- Looking for a text whatever its case and accents: `app.fold('Ätherwell')` is `atherwell`.
--
-- No trigram index stands behind it: under row security PostgreSQL applies only operators that it knows not to leak
-- before the policy, and LIKE is none of them. The rows of one tenant are found by the tenant-led key and read.

CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE FUNCTION app.fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, value));
