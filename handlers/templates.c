/*
 * Job templates: stored in versions, so that who made a job from one can be told later what it was made from. They
 * belong to the gateway, not to a cluster; a key that is bound to connections reads and uses them.
 */
#include "handlers/templates.h"

#include <string.h>

#include "base/clock.h"
#include "cluster/job_template.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"

#define BOUND_MAX 9007199254740991 /* as PARAMETER_INTEGER has it */

static const char *check_choice(struct str value)
{
    return value.len <= PARAMETER_CHOICE_MAX ? NULL : "must not be longer than 256 bytes each";
}

/* clang-format off */
static const struct field parameter_fields[] = {
    {.name = "name", .type = FIELD_TEXT, .required = true, .min = 1, .max = PARAMETER_NAME_MAX, .pattern = "^[A-Za-z_][A-Za-z0-9_-]*$", .check = parameter_check_name, .help = "its placeholder is ${name}", .example = "count"},
    {.name = "type", .type = FIELD_CHOICE, .required = true, .choices = PARAMETER_TYPES, .help = "of its value", .example = "integer"},
    {.name = "required", .type = FIELD_BOOLEAN, .help = "every use must give it (false when left out)"},
    {.name = "default", .type = FIELD_ANY, .help = "its value when none is given; without one the place of its placeholder is left out", .example = "1"},
    {.name = "values", .type = FIELD_TEXT_LIST, .min = 1, .max = PARAMETER_CHOICES_MAX, .check = check_choice, .help = "of an enum: what it may be"},
    {.name = "pattern", .type = FIELD_TEXT, .min = 1, .max = PATTERN_TEXT_MAX, .help = "of a string: the regular expression that the whole value must match"},
    {.name = "minimum", .type = FIELD_NUMBER, .min = -BOUND_MAX, .max = BOUND_MAX, .help = "of an integer or number: the least it may be", .example = "1"},
    {.name = "maximum", .type = FIELD_NUMBER, .min = -BOUND_MAX, .max = BOUND_MAX, .help = "of an integer or number: the most it may be", .example = "100"},
    {.name = "description", .type = FIELD_TEXT, .max = 1024, .help = "what it is for"},
    {.name = NULL},
};

static const struct field parameter_shape[] = {
    {.name = "name", .example = "count"},
    {.name = "type", .type = FIELD_CHOICE, .choices = PARAMETER_TYPES, .example = "integer"},
    {.name = "required", .type = FIELD_BOOLEAN, .optional = true, .nullable = true, .help = "members that were not given are not there"},
    {.name = "default", .type = FIELD_ANY, .optional = true, .example = "1"},
    {.name = "values", .type = FIELD_TEXT_LIST, .optional = true, .nullable = true},
    {.name = "pattern", .optional = true, .nullable = true},
    {.name = "minimum", .type = FIELD_NUMBER, .optional = true, .nullable = true, .example = "1"},
    {.name = "maximum", .type = FIELD_NUMBER, .optional = true, .nullable = true, .example = "100"},
    {.name = "description", .optional = true, .nullable = true},
    {.name = NULL},
};

#define EXAMPLE_MANIFEST                                                                                               \
    "{\"spec\":{\"completions\":\"${count}\",\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":"      \
    "[{\"name\":\"main\",\"image\":\"busybox\",\"command\":[\"echo\",\"${count} times\"]}]}}}}"

#define CONTENT_FIELDS                                                                                                 \
    {.name = "description", .type = FIELD_TEXT, .max = 1024, .help = "what the template is for"},                      \
    {.name = "parameters", .type = FIELD_OBJECT_LIST, .max = PARAMETERS_MAX, .children = parameter_fields, .help = "what a use may or must give"}, \
    {.name = "job_manifest", .type = FIELD_OBJECT, .required = true, .help = "the Job, with ${name} where values go: docs/templates.md", .example = EXAMPLE_MANIFEST}

const struct field template_create_fields[] = {
    {.name = "name", .type = FIELD_TEXT, .required = true, .min = 1, .max = TEMPLATE_NAME_MAX, .pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", .check = job_template_check_name, .help = "of the template", .example = "nightly-report"},
    CONTENT_FIELDS,
    {.name = NULL},
};

const struct field template_update_fields[] = {
    {.name = "version", .type = FIELD_INTEGER, .min = 1, .max = INT32_MAX, .help = "the version that was edited: refused with 409 when it is not the newest any more"},
    CONTENT_FIELDS,
    {.name = NULL},
};

const struct field template_query[] = {
    {.name = "version", .type = FIELD_INTEGER, .min = 1, .max = INT32_MAX, .help = "the newest when left out"},
    {.name = NULL},
};

#define SUMMARY_SHAPE                                                                                                  \
    {.name = "name", .example = "nightly-report"},                                                                     \
    {.name = "version", .type = FIELD_INTEGER, .example = "1"},                                                        \
    {.name = "description", .example = ""},                                                                            \
    {.name = "parameters", .type = FIELD_OBJECT_LIST, .children = parameter_shape},                                   \
    {.name = "created_at", .format = "date-time", .help = "when this version was", .example = "2026-11-21T08:00:00Z"}, \
    {.name = "created_by", .help = "name of the API key", .example = "ci"}

static const struct field summary_shape[] = {
    SUMMARY_SHAPE,
    {.name = NULL},
};

static const struct field template_shape[] = {
    SUMMARY_SHAPE,
    {.name = "job_manifest", .type = FIELD_OBJECT, .example = EXAMPLE_MANIFEST},
    {.name = "versions", .type = FIELD_ANY, .help = "the numbers of all that are there: the newest 20", .example = "[1]"},
    {.name = NULL},
};

static const struct field list_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = summary_shape},
    {.name = NULL},
};

static const struct field deleted_shape[] = {
    {.name = "message", .example = "the template and all its versions are gone; jobs made from it stay"},
    {.name = "name", .example = "nightly-report"},
    {.name = NULL},
};
/* clang-format on */

const struct answer templates_answers[] = {
    {200, "the newest version of each template, by name, without its manifest", list_shape},
    {0},
};

const struct answer template_answers[] = {
    {200, "the version", template_shape},
    {0},
};

static const struct link template_links[] = {
    {"template", METHOD_GET, "/api/job-templates/:name", "name=name"},
    {"update", METHOD_PUT, "/api/job-templates/:name", "name=name"},
    {"delete", METHOD_DELETE, "/api/job-templates/:name", "name=name"},
    {NULL},
};

const struct answer template_create_answers[] = {
    {201, "its first version", template_shape, .links = template_links},
    {409, "the name is taken, or there are 500 templates already"},
    {0},
};

const struct answer template_update_answers[] = {
    {200, "the new version", template_shape},
    {409, "the version that was edited is not the newest any more"},
    {0},
};

const struct answer template_delete_answers[] = {
    {200, "it is gone with all its versions", deleted_shape},
    {0},
};

static void write_members(struct json *j, const struct job_template *template)
{
    const char *description = json_find_text(template->root, "description");

    json_str(j, "name", template->record.name);
    json_int(j, "version", template->record.version);
    json_text(j, "description", description ? description : "");
    json_value(j, "parameters", json_find(template->root, "parameters"));
    json_text(j, "created_at", json_find_text(template->root, "created_at"));
    json_text(j, "created_by", json_find_text(template->root, "created_by"));
}

static int answer_template(struct request *request, int status, const struct job_template *template)
{
    struct buf body;
    struct json j;

    buf_init(&body, KIB(512));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_members(&j, template);
    json_value(&j, "job_manifest", json_find(template->root, "job_manifest"));
    json_array_open(&j, "versions");
    for (size_t i = 0; i < template->record.kept_count; i++)
        json_int(&j, NULL, template->record.kept[i]);
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, status, &body);
}

struct listing {
    struct request *request;
    struct arena *scratch; /* of one template */
    struct buf out;
    struct json j;
};

static int list_one(void *arg, const struct template_record *record)
{
    struct listing *l = arg;
    struct job_template template = {.record = *record};

    arena_reset(l->scratch);
    if (job_template_parse(l->scratch, &template, &l->request->err) < 0)
        return -1;
    json_object_open(&l->j, NULL);
    write_members(&l->j, &template);
    json_object_close(&l->j);
    return response_stream(l->request, &l->out, false);
}

int templates_show_all(struct request *request)
{
    struct listing l = {.request = request, .scratch = arena_new(MIB(4))};
    int rc = -1;

    buf_init(&l.out, MIB(1));
    json_init(&l.j, &l.out);
    json_object_open(&l.j, NULL);
    json_array_open(&l.j, "items");
    if (!l.scratch)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the templates");
    else
        rc = templates_list(request->worker->redis, request->arena, list_one, &l, &request->err);
    json_array_close(&l.j);
    json_object_close(&l.j);
    buf_add_char(&l.out, '\n');
    if (rc == 0)
        rc = response_stream(request, &l.out, true);
    arena_free(l.scratch);
    buf_free(&l.out);
    return rc;
}

static int read_segment(struct request *request, struct str *name)
{
    *name = request_segment(request, "name");
    return name->ptr ? 0 : -1;
}

int templates_show(struct request *request)
{
    struct job_template template;
    struct str wanted = request_query(request, "version");
    struct str name;
    long version = 0;

    if (wanted.ptr)
        str_to_long(wanted, 1, INT32_MAX, &version);
    if (read_segment(request, &name) < 0 ||
        job_template_read(request->worker, name, version, &template, &request->err) < 0)
        return -1;
    return answer_template(request, 200, &template);
}

/* Who uses a template runs what stands in it, in clusters that a bound key does not see. */
static int check_writer(struct request *request)
{
    if (*request->caller.connections == '\0')
        return 0;
    return err_set(
        &request->err, ERR_FORBIDDEN,
        "templates are shared by all clusters: a key that is bound to connections may read and use them, not "
        "write them");
}

static void check_kind(const cJSON *manifest, const char *member, const char *wanted, struct err *err)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(manifest, member);
    const char *text = cJSON_GetStringValue(value);
    bool is_kind = strcmp(member, "kind") == 0;

    if (value && (!text || strcmp(text, wanted) != 0))
        err_field(err, is_kind ? "job_manifest.kind" : "job_manifest.apiVersion", CAUSE_INVALID, "must be %s", wanted);
}

/* What the table of fields can not tell: parameters and placeholders held against each other. */
static int check_content(struct request *request)
{
    const cJSON *manifest = json_find(request->json, "job_manifest");
    struct parameters parameters;
    struct err *err = &request->err;

    parameters_read(&parameters, request->arena, json_find(request->json, "parameters"), err);
    template_check(manifest, &parameters, err);
    check_kind(manifest, "apiVersion", "batch/v1", err);
    check_kind(manifest, "kind", "Job", err);
    if (!cJSON_IsObject(json_find(manifest, "spec")))
        err_field(err, "job_manifest.spec", CAUSE_REQUIRED, "is required");
    return err->kind == ERR_NONE ? 0 : -1;
}

/* The request's id makes the text one of a kind: see the script in redis/templates.c. */
static struct str make_text(struct request *request)
{
    const cJSON *parameters = json_find(request->json, "parameters");
    const char *description = json_find_text(request->json, "description");
    struct str text = {NULL, 0};
    struct buf out;
    struct json j;

    buf_init(&out, 4 * LIMIT_TEMPLATE_BODY);
    json_init(&j, &out);
    json_object_open(&j, NULL);
    json_text(&j, "description", description ? description : "");
    if (cJSON_IsArray(parameters))
        json_value(&j, "parameters", parameters);
    else
        json_raw(&j, "parameters", STR("[]"));
    json_value(&j, "job_manifest", json_find(request->json, "job_manifest"));
    json_time(&j, "created_at", clock_now());
    json_text(&j, "created_by", request->caller.name);
    json_text(&j, "request_id", request->id);
    json_object_close(&j);
    if (!out.failed)
        text = (struct str){arena_strndup(request->arena, out.ptr, out.len), out.len};
    buf_free(&out);
    if (!text.ptr)
        err_set(&request->err, ERR_TOO_LARGE, "the template is too large to be stored");
    return text;
}

/* What is there now, as any reader would find it. */
static int answer_stored(struct request *request, struct str name, long version, int status)
{
    struct job_template template;

    if (job_template_read(request->worker, name, version, &template, &request->err) < 0)
        return -1;
    return answer_template(request, status, &template);
}

int templates_create(struct request *request)
{
    struct str name = str_from(json_find_text(request->json, "name"));
    struct str text;

    if (check_writer(request) < 0 || check_content(request) < 0)
        return -1;
    text = make_text(request);
    if (!text.ptr || template_create(request->worker->redis, name, text, &request->err) < 0)
        return -1;
    return answer_stored(request, name, 1, 201);
}

static int not_there(struct request *request, struct str name)
{
    return err_set(&request->err, ERR_NOT_FOUND, "there is no job template \"%.*s\"",
                   (int)(name.len < TEMPLATE_NAME_MAX ? name.len : TEMPLATE_NAME_MAX), name.ptr);
}

int templates_update(struct request *request)
{
    const cJSON *based_on = json_find(request->json, "version");
    long version = cJSON_IsNumber(based_on) ? (long)based_on->valuedouble : 0;
    struct str name;
    struct str text;
    int rc;

    if (check_writer(request) < 0 || read_segment(request, &name) < 0 || check_content(request) < 0)
        return -1;
    text = make_text(request);
    if (!text.ptr)
        return -1;
    rc = job_template_check_name(name)
             ? REDIS_MISSING
             : template_update(request->worker->redis, name, text, version, &version, &request->err);
    if (rc < 0)
        return -1;
    return rc == REDIS_MISSING ? not_there(request, name) : answer_stored(request, name, version, 200);
}

int templates_delete(struct request *request)
{
    struct str name;
    struct buf body;
    struct json j;
    int rc;

    if (check_writer(request) < 0 || read_segment(request, &name) < 0)
        return -1;
    rc = job_template_check_name(name) ? REDIS_MISSING : template_delete(request->worker->redis, name, &request->err);
    if (rc < 0)
        return -1;
    if (rc == REDIS_MISSING)
        return not_there(request, name);
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "message", "the template and all its versions are gone; jobs made from it stay");
    json_str(&j, "name", name);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
