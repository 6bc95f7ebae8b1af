// Query keys and reading hooks. Writing stays with the components that do it.
import { keepPreviousData, QueryClient, useQuery } from "@tanstack/react-query";
import { ApiError, call } from "./client";
import type { Outcome, Range } from "./types";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

export const keys = {
  auth: ["auth"],
  sessions: ["sessions"],
  platforms: ["platforms"],
  keys: ["keys"],
  custom: ["custom-endpoints"],
  models: ["models"],
  fallback: ["fallback"],
  settings: ["settings"],
  apiKey: ["api-key"],
  analytics: ["analytics"],
  requests: ["requests"],
  quotas: ["quotas"],
  about: ["about"],
  licenses: ["licenses"],
} as const;

export type RequestFilter = { platform?: string; model_id?: number; outcome?: Outcome; status?: number; failover?: boolean };

export const useAuth = () => useQuery({ queryKey: keys.auth, queryFn: () => call("get", "/api/auth/status"), staleTime: Infinity });
export const useSessions = () => useQuery({ queryKey: keys.sessions, queryFn: () => call("get", "/api/auth/sessions") });
export const usePlatforms = () => useQuery({ queryKey: keys.platforms, queryFn: () => call("get", "/api/platforms") });
export const useKeys = () => useQuery({ queryKey: keys.keys, queryFn: () => call("get", "/api/keys") });
export const useCustomEndpoints = () => useQuery({ queryKey: keys.custom, queryFn: () => call("get", "/api/custom-endpoints") });
export const useModels = () => useQuery({ queryKey: keys.models, queryFn: () => call("get", "/api/models") });
export const useFallback = () => useQuery({ queryKey: keys.fallback, queryFn: () => call("get", "/api/fallback"), placeholderData: keepPreviousData });
export const useSettings = () => useQuery({ queryKey: keys.settings, queryFn: () => call("get", "/api/settings") });
export const useApiKey = () => useQuery({ queryKey: keys.apiKey, queryFn: () => call("get", "/api/api-key") });
export const useQuotas = () => useQuery({ queryKey: keys.quotas, queryFn: () => call("get", "/api/quotas"), placeholderData: keepPreviousData });
export const useAbout = () => useQuery({ queryKey: keys.about, queryFn: () => call("get", "/api/about") });
export const useLicenses = (enabled: boolean) => useQuery({ queryKey: keys.licenses, queryFn: () => call("get", "/api/licenses"), enabled, staleTime: Infinity });

export const useSummary = (range: Range) =>
  useQuery({ queryKey: [...keys.analytics, "summary", range], queryFn: () => call("get", "/api/analytics/summary", { query: { range } }), placeholderData: keepPreviousData });
export const useTimeline = (range: Range) =>
  useQuery({ queryKey: [...keys.analytics, "timeline", range], queryFn: () => call("get", "/api/analytics/timeline", { query: { range } }), placeholderData: keepPreviousData });
export const useByModel = (range: Range) =>
  useQuery({ queryKey: [...keys.analytics, "by-model", range], queryFn: () => call("get", "/api/analytics/by-model", { query: { range } }), placeholderData: keepPreviousData });
export const useByPlatform = (range: Range) =>
  useQuery({ queryKey: [...keys.analytics, "by-platform", range], queryFn: () => call("get", "/api/analytics/by-platform", { query: { range } }), placeholderData: keepPreviousData });
export const useErrors = (range: Range) =>
  useQuery({ queryKey: [...keys.analytics, "errors", range], queryFn: () => call("get", "/api/analytics/errors", { query: { range } }), placeholderData: keepPreviousData });
export const useRequest = (id: string | null) =>
  useQuery({ queryKey: [...keys.requests, "one", id], queryFn: () => call("get", "/api/requests/{request_id}", { path: { request_id: id ?? "" } }), enabled: id !== null });
/** The newest request that was answered; asked for again until there is one. */
export const useAnswered = () =>
  useQuery({
    queryKey: [...keys.requests, "answered"],
    queryFn: () => call("get", "/api/requests", { query: { limit: 1, outcome: "succeeded" } }),
    staleTime: Infinity,
    refetchInterval: ({ state }) => (state.data?.data.length ? false : 5_000),
  });
export const useRecentRequests = (limit: number) =>
  useQuery({ queryKey: [...keys.requests, "recent", limit], queryFn: () => call("get", "/api/requests", { query: { limit } }), staleTime: Infinity });
