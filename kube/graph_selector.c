/* Selectors in the memory of a graph, and what they select. */
#include <string.h>

#include "kube/graph_parts.h"

void graph_read_labels(struct graph_part *part, struct graph_node *node, const cJSON *labels)
{
    size_t count = cJSON_IsObject(labels) ? (size_t)cJSON_GetArraySize(labels) : 0;
    struct graph_label *room = count > 0 ? graph_alloc(part, count * sizeof(*room)) : NULL;
    const cJSON *label;

    if (!room)
        return;
    node->labels = room;
    cJSON_ArrayForEach(label, labels)
    {
        room[node->label_count++] =
            (struct graph_label){graph_text(part, label->string), graph_text(part, cJSON_GetStringValue(label))};
    }
}

static struct graph_rule *add_rule(struct graph_part *part, struct graph_node *node, enum graph_rule_kind kind,
                                   const char *key, size_t count)
{
    struct graph_rule *rule = graph_alloc(part, sizeof(*rule));

    if (!rule)
        return NULL;
    rule->kind = kind;
    rule->key = graph_text(part, key);
    if (count > 0 && !(rule->values = graph_alloc(part, count * sizeof(*rule->values))))
        return NULL;
    rule->next = node->rules;
    node->rules = rule;
    return rule;
}

static void read_pairs(struct graph_part *part, struct graph_node *node, const cJSON *pairs)
{
    const cJSON *pair;

    for (pair = cJSON_IsObject(pairs) ? pairs->child : NULL; pair; pair = pair->next) {
        struct graph_rule *rule = add_rule(part, node, RULE_IN, pair->string, 1);

        if (rule)
            rule->values[rule->count++] = graph_text(part, cJSON_GetStringValue(pair));
    }
}

/* An operator that is not known selects nothing. */
static enum graph_rule_kind rule_kind(const char *operator)
{
    if (operator&& strcmp(operator, "NotIn") == 0)
        return RULE_NOT_IN;
    if (operator&& strcmp(operator, "Exists") == 0)
        return RULE_THERE;
    if (operator&& strcmp(operator, "DoesNotExist") == 0)
        return RULE_NOT_THERE;
    return RULE_IN;
}

void graph_read_pairs(struct graph_part *part, struct graph_node *node, const cJSON *selector)
{
    read_pairs(part, node, selector);
    node->selects = node->rules != NULL;
}

void graph_read_selector(struct graph_part *part, struct graph_node *node, const cJSON *selector)
{
    const cJSON *expression;
    const cJSON *value;

    read_pairs(part, node, json_find(selector, "matchLabels"));
    cJSON_ArrayForEach(expression, json_find(selector, "matchExpressions"))
    {
        const cJSON *values = json_find(expression, "values");
        const char *key = json_find_text(expression, "key");
        size_t count = cJSON_IsArray(values) ? (size_t)cJSON_GetArraySize(values) : 0;
        struct graph_rule *rule =
            add_rule(part, node, rule_kind(json_find_text(expression, "operator")), key ? key : "", count);

        for (value = rule && count > 0 ? values->child : NULL; value; value = value->next)
            rule->values[rule->count++] = graph_text(part, cJSON_GetStringValue(value));
    }
    node->selects = true;
}

static const char *find_label(const struct graph_node *pod, const char *key)
{
    for (size_t i = 0; i < pod->label_count; i++)
        if (strcmp(pod->labels[i].key, key) == 0)
            return pod->labels[i].value;
    return NULL;
}

static bool is_among(const struct graph_rule *rule, const char *value)
{
    for (size_t i = 0; i < rule->count; i++)
        if (strcmp(rule->values[i], value) == 0)
            return true;
    return false;
}

bool graph_rules_match(const struct graph_rule *rules, const struct graph_node *pod)
{
    for (; rules; rules = rules->next) {
        const char *value = find_label(pod, rules->key);
        bool holds = rules->kind == RULE_THERE       ? value != NULL
                     : rules->kind == RULE_NOT_THERE ? value == NULL
                     : rules->kind == RULE_IN        ? value && is_among(rules, value)
                                                     : !value || !is_among(rules, value);

        if (!holds)
            return false;
    }
    return true;
}
