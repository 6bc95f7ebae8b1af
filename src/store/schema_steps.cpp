#include "schema_steps.hpp"

#include <array>

namespace freellm::store {
namespace {

// Times are milliseconds since 1970. Ids are AUTOINCREMENT where in-memory state or sealed data is
// keyed by them: an id that comes back for something else would inherit both.
constexpr const char* kConfiguration = R"sql(
CREATE TABLE platform (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slug TEXT NOT NULL UNIQUE,
  enabled INTEGER                 -- the user's choice; NULL = as the catalog says
) STRICT;
CREATE TABLE model (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform_id INTEGER NOT NULL REFERENCES platform(id),
  upstream_id TEXT NOT NULL,
  enabled INTEGER,                -- likewise
  limits TEXT,                    -- JSON; NULL = as the catalog says
  position INTEGER,               -- in the user's fallback order; NULL = behind the placed ones
  UNIQUE (platform_id, upstream_id)
) STRICT;
CREATE TABLE provider_key (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform_id INTEGER NOT NULL REFERENCES platform(id),
  label TEXT NOT NULL,
  sealed BLOB NOT NULL,
  masked TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  enabled INTEGER NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  checked_at INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (platform_id, fingerprint)
) STRICT;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, sealed BLOB NOT NULL, updated_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE vault (              -- one row: which master key everything was sealed with
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key_id BLOB NOT NULL,
  verifier BLOB NOT NULL
) STRICT;
)sql";

// The log's ids rise with time, so paging and retention go by id. Zero ids: nothing was routed.
constexpr const char* kRequestLog = R"sql(
CREATE TABLE request_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  request_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  requested_model TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  error_code TEXT NOT NULL,
  stream INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  ttft_ms INTEGER,
  upstream_latency_ms INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  total_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  is_estimated INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX request_log_request_id ON request_log (request_id);
CREATE INDEX request_log_platform ON request_log (platform_id);
CREATE INDEX request_log_model ON request_log (model_id);
CREATE INDEX request_log_errors ON request_log (id) WHERE status >= 400;
CREATE TABLE failed_attempt (
  log_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  failure TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  started_after_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (log_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE request_explain (log_id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE rollup (
  span INTEGER NOT NULL,          -- 0 minute, 1 hour, 2 day
  start INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  failed_requests INTEGER NOT NULL,
  failed_attempts INTEGER NOT NULL,
  rate_limited INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  ttft_ms INTEGER NOT NULL,
  ttft_count INTEGER NOT NULL,
  PRIMARY KEY (span, start, platform_id, model_id, key_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE failure_rollup (
  start INTEGER NOT NULL,         -- of an hour
  platform_id INTEGER NOT NULL,
  failure TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (start, platform_id, failure)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kQuotaJournal = R"sql(
CREATE TABLE quota_journal (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  state INTEGER NOT NULL,         -- 0 open, 1 settled, 2 refunded
  requests INTEGER NOT NULL,
  tokens INTEGER NOT NULL
) STRICT;
CREATE TABLE quota_day (          -- what left the journal, summed up: month windows need no more
  day INTEGER NOT NULL,           -- start of the UTC day
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY (day, platform_id, model_id, key_id)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kAccounts = R"sql(
CREATE TABLE admin_account (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  password_hash TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE admin_session (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT;
)sql";

// Percentiles and the finer counts stand in the cells; what all routes did together has cells of
// its own, so that the overview reads one row per bucket. Failures are told by model and status.
// Explain records may be compressed.
constexpr const char* kSketches = R"sql(
ALTER TABLE rollup ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollup ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollup ADD COLUMN failovers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollup ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollup ADD COLUMN latency_sketch BLOB NOT NULL DEFAULT x'';
ALTER TABLE rollup ADD COLUMN ttft_sketch BLOB NOT NULL DEFAULT x'';
CREATE TABLE rollup_all (
  span INTEGER NOT NULL,
  start INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  failed_requests INTEGER NOT NULL,
  failed_attempts INTEGER NOT NULL,
  rate_limited INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  ttft_ms INTEGER NOT NULL,
  ttft_count INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  failovers INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  latency_sketch BLOB NOT NULL,
  ttft_sketch BLOB NOT NULL,
  PRIMARY KEY (span, start)
) STRICT, WITHOUT ROWID;
INSERT INTO rollup_all SELECT span, start, sum(requests), sum(failed_requests), sum(failed_attempts),
  sum(rate_limited), sum(prompt_tokens), sum(completion_tokens), sum(latency_ms), sum(ttft_ms),
  sum(ttft_count), 0, 0, 0, 0, x'', x'' FROM rollup GROUP BY span, start;
CREATE TABLE failure_cell (
  span INTEGER NOT NULL,          -- 1 hour, 2 day
  start INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  failure TEXT NOT NULL,
  http_status INTEGER NOT NULL,   -- 0 = no answer
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  last_message TEXT NOT NULL,
  PRIMARY KEY (span, start, platform_id, model_id, failure, http_status)
) STRICT, WITHOUT ROWID;
INSERT INTO failure_cell SELECT 1, start, platform_id, 0, failure, 0, count, start, '' FROM failure_rollup;
INSERT INTO failure_cell SELECT 2, start / 86400000 * 86400000, platform_id, 0, failure, 0, sum(count),
  max(start), '' FROM failure_rollup GROUP BY 2, 3, 5;
DROP TABLE failure_rollup;
CREATE TABLE explain_record (
  log_id INTEGER PRIMARY KEY,
  form INTEGER NOT NULL,          -- 0 JSON, 1 deflated JSON
  body BLOB NOT NULL
) STRICT;
INSERT INTO explain_record SELECT log_id, 0, CAST(body AS BLOB) FROM request_explain;
DROP TABLE request_explain;
)sql";

constexpr const char* kEndpoints = R"sql(
ALTER TABLE provider_key ADD COLUMN source TEXT NOT NULL DEFAULT 'dashboard';
ALTER TABLE provider_key ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
UPDATE provider_key SET source = 'environment' WHERE label LIKE 'from %';
CREATE TABLE custom_endpoint (
  platform_id INTEGER PRIMARY KEY REFERENCES platform(id),
  title TEXT NOT NULL,
  base_url TEXT NOT NULL,
  allow_private INTEGER NOT NULL,
  connect_ms INTEGER NOT NULL,
  first_byte_ms INTEGER NOT NULL,
  stall_ms INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE custom_model (
  platform_id INTEGER NOT NULL REFERENCES platform(id),
  upstream_id TEXT NOT NULL,
  display_name TEXT NOT NULL,     -- '' = the upstream id
  logical_name TEXT NOT NULL,     -- likewise
  context_window INTEGER NOT NULL,
  tools INTEGER NOT NULL,
  vision INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  json_schema INTEGER NOT NULL,
  place INTEGER NOT NULL,
  PRIMARY KEY (platform_id, upstream_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE former_endpoint (    -- removed ones, whose names may be used again
  platform_id INTEGER PRIMARY KEY REFERENCES platform(id)
) STRICT;
)sql";

// What the router knows besides usage, and where a key is at home. Classes, scopes and kinds of
// limits by name: their numbers are the program's own affair.
constexpr const char* kWhatWasLearned = R"sql(
CREATE TABLE cooldown (
  scope TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  cause TEXT NOT NULL,
  stated INTEGER NOT NULL,        -- by the provider; else our own guess
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  quota_strikes INTEGER NOT NULL,
  fault_strikes INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (scope, platform_id, model_id, key_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE learned_limit (
  scope TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  metric TEXT NOT NULL,
  window TEXT NOT NULL,
  count INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (scope, platform_id, model_id, key_id, metric, window)
) STRICT, WITHOUT ROWID;
CREATE TABLE penalty (
  platform_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL,
  points INTEGER NOT NULL,
  hit INTEGER NOT NULL,           -- points decay from here
  PRIMARY KEY (platform_id, model_id)
) STRICT, WITHOUT ROWID;
-- The one of the platform's URLs that took the key; '' = not found out.
ALTER TABLE provider_key ADD COLUMN base_url TEXT NOT NULL DEFAULT '';
)sql";

// The story of a request in full. A stream that broke off has status 200 and an error.
constexpr const char* kStory = R"sql(
ALTER TABLE request_log ADD COLUMN error_message TEXT NOT NULL DEFAULT '';
ALTER TABLE request_log ADD COLUMN connect_ms INTEGER;
ALTER TABLE failed_attempt ADD COLUMN connect_ms INTEGER;
ALTER TABLE failed_attempt ADD COLUMN retry_after_ms INTEGER;
ALTER TABLE failed_attempt ADD COLUMN consequence TEXT NOT NULL DEFAULT '';
DROP INDEX request_log_errors;
CREATE INDEX request_log_errors ON request_log (id) WHERE error_code <> '';
ALTER TABLE secret ADD COLUMN last_used_at INTEGER;
)sql";

// Append only: a step that has been released never changes.
constexpr std::array kSteps{kConfiguration, kRequestLog, kQuotaJournal,   kAccounts,
                            kSketches,      kEndpoints,  kWhatWasLearned, kStory};

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

}  // namespace freellm::store
