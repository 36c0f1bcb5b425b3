CREATE TEMP VIEW subjects AS
SELECT agent_id AS subject FROM agents UNION SELECT subject FROM counted WHERE subject IS NOT NULL;
