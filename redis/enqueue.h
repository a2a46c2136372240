/*
 * The part of scripts that queues deliveries. It stands inside of them so that a change of state and what is to be told
 * of it are stored in one step: neither can be lost without the other.
 *
 * The id of a delivery is made from what it tells, so that whoever records the same change again, because Redis forgot
 * it, gives it the same id. What has an id already is not queued again.
 */
#ifndef EKSGATE_REDIS_ENQUEUE_H
#define EKSGATE_REDIS_ENQUEUE_H

#include "redis/keys.h"

/* put(webhook, id, fields): false without room. Of a full webhook, what is done with goes first, the oldest first. */
#define ENQUEUE_SCRIPT                                                                                                 \
    "local function put(webhook, id, now, fields) "                                                                    \
    "  local key = '" KEY_DELIVERY "' .. id "                                                                          \
    "  if redis.call('EXISTS', key) == 1 then return true end "                                                        \
    "  local all, done = '" KEY_DELIVERIES "' .. webhook, '" KEY_DELIVERIES_DONE "' .. webhook "                       \
    "  if redis.call('ZCARD', all) >= " DELIVERIES_MAX_TEXT " then "                                                   \
    "    local oldest = redis.call('ZPOPMIN', done)[1] "                                                               \
    "    if not oldest then "                                                                                          \
    "      redis.call('HINCRBY', '" KEY_WEBHOOK_DROPPED "', webhook, 1) "                                              \
    "      return false "                                                                                              \
    "    end "                                                                                                         \
    "    redis.call('ZREM', all, oldest) "                                                                             \
    "    redis.call('DEL', '" KEY_DELIVERY "' .. oldest) "                                                             \
    "  end "                                                                                                           \
    "  redis.call('HSET', key, 'webhook', webhook, 'status', 'pending', 'attempts', 0, 'created_at', now, "            \
    "    'next_at', now, unpack(fields)) "                                                                             \
    "  redis.call('ZADD', all, now, id) "                                                                              \
    "  redis.call('ZADD', '" KEY_DELIVERIES_DUE "', now, id) "                                                         \
    "  return true "                                                                                                   \
    "end "

/* tell(change): to each webhook that wants to hear of it. told: what stands in the body beside the cluster, members of
 * an object as JSON. */
#define TELL_SCRIPT                                                                                                    \
    ENQUEUE_SCRIPT                                                                                                     \
    "local function wants(list, value) "                                                                               \
    "  if type(list) ~= 'table' then return true end "                                                                 \
    "  for _, v in ipairs(list) do if v == value then return true end end "                                            \
    "  return false "                                                                                                  \
    "end "                                                                                                             \
    "local webhooks "                                                                                                  \
    "local function tell(c) "                                                                                          \
    "  webhooks = webhooks or redis.call('HGETALL', '" KEY_WEBHOOKS "') "                                              \
    "  for i = 1, #webhooks, 2 do "                                                                                    \
    "    local w = cjson.decode(webhooks[i + 1]) "                                                                     \
    "    if w.enabled and wants(w.events, c.event) and wants(w.clusters, c.cluster) "                                  \
    "        and wants(w.namespaces, c.namespace) then "                                                               \
    "      local id = redis.sha1hex(table.concat({webhooks[i], c.cluster, c.uid, c.n, c.event}, '\\n')):sub(1, 32) "   \
    "      local body = '{\"id\":\"' .. id .. '\",\"event\":\"' .. c.event .. '\",\"time\":\"' .. c.time "             \
    "        .. '\",\"cluster\":' .. cjson.encode(c.cluster) .. ',' .. c.told .. '}' "                                 \
    "      put(webhooks[i], id, c.now, {'event', c.event, 'cluster', c.cluster, 'namespace', c.namespace, "            \
    "        'job_name', c.name, 'body', body}) "                                                                      \
    "    end "                                                                                                         \
    "  end "                                                                                                           \
    "end "

#endif
