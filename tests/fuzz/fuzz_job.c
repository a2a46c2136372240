/* A job as a client or a cluster sends it: completed or refused, named, told and made once more. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "kube/job.h"
#include "kube/job_manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(const cJSON *object)
{
    struct buf out;
    struct json j;
    struct job job;

    buf_init(&out, MIB(4));
    json_init(&j, &out);
    json_object_open(&j, NULL);
    job_read(object, &job);
    job_write_members(&j, &job, STR("c"));
    json_array_open(&j, "waiting");
    job_write_waiting(&j, object);
    job_write_refusal(&j, object);
    json_array_close(&j);
    json_object_close(&j);
    buf_reset(&out);
    job_pods_path(object, &out);
    buf_reset(&out);
    job_events_path(object, &out);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct job_origin origin = {"t", "1", "k"};
    const char *why;
    cJSON *object = json_tree((struct str){(const char *)data, size}, LIMIT_JSON_DEPTH, &why);
    struct str namespace = STR("");
    struct err err = {0};

    if (!object)
        return 0;
    tell(object);
    cJSON_Delete(job_manifest_again(object));
    if (job_manifest_complete(object, &origin, &namespace, &err) == 0)
        assert(namespace.len > 0 && job_manifest_set_name(object, "j", &err) == 0);
    else
        assert(err.kind == ERR_INVALID);
    cJSON_Delete(object);
    return 0;
}
