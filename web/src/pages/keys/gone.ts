import type { Platform } from "../../api/types";

/** Shut down, or switched off with all its models by the catalog. */
export const isGone = (platform: Platform): boolean => platform.status === "retired" || (!platform.custom && !platform.enabled && platform.models.enabled === 0);
