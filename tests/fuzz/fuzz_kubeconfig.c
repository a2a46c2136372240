/*
 * A kubeconfig is refused with a reason or taken apart into contexts, each of which is either whole or says what is
 * wrong with it; what is whole names one https server without a path, an authority, and one way to say who one is.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "kube/kubeconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_exec(const struct kubeconfig_exec *exec)
{
    assert(*exec->cluster_name && *exec->region);
    assert(!*exec->access_key_id == !*exec->secret_access_key);
    assert(!*exec->profile || !*exec->access_key_id);
    assert(!*exec->role_arn || strstr(exec->role_arn, ":role/"));
}

static void check_context(const struct kubeconfig_context *c)
{
    bool has_certificate = c->identity.certificate.len > 0;

    assert(c->name);
    if (c->fault) {
        assert(c->fault->kind == ERR_INVALID && c->fault->cause_count > 0 && *c->fault->causes[0].field);
        return;
    }
    assert(*c->name && c->cluster && c->user && c->namespace && c->token);
    assert(strncmp(c->server, "https://", 8) == 0 && !strchr(c->server + 8, '/'));
    assert(!http_authority_check(c->ca_pem));
    assert(has_certificate == (c->identity.key.len > 0));
    assert(c->exec ? !has_certificate && !*c->token : has_certificate || *c->token);
    if (c->exec)
        check_exec(c->exec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(16));
    struct kubeconfig config;
    struct err err = {0};

    if (size > KIB(64)) {
        arena_free(arena);
        return 0;
    }
    if (kubeconfig_read(&config, arena, (struct str){(const char *)data, size}, &err) == 0)
        for (size_t i = 0; i < config.count; i++)
            check_context(&config.contexts[i]);
    else
        assert(err.kind != ERR_NONE && *err.message);
    arena_free(arena);
    return 0;
}
