/*
 * GET …/logs: what a run has written, or with follow=true writes, from Redis, where the agent keeps it: so the lines
 * outlive their pod, and any process may answer. As text for people, as the lines themselves, or as server-sent events
 * whose ids a browser goes on from.
 */
#include <string.h>

#include "base/clock.h"
#include "cluster/worker.h"
#include "fcgi/lasting.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/provision.h"
#include "handlers/provision_json.h"
#include "handlers/provision_submit.h"
#include "terraform/name.h"
#include "terraform/report.h"

#define LINES_AT_ONCE ((size_t)500)
#define HEARTBEAT_MS 15000
#define OUT_MAX MIB(8)

/* clang-format off */
const struct field provision_logs_query[] = {
    {.name = "run", .type = FIELD_TEXT, .min = TERRAFORM_RUN_LEN, .max = TERRAFORM_RUN_LEN, .pattern = "^r[0-9]{13}[0-9a-f]{4}$", .check = provision_check_run, .help = "id of a run; when left out the active one, or the last"},
    {.name = "tail", .type = FIELD_INTEGER, .min = 1, .max = RUN_LOG_LINES, .help = "only so many lines from the end"},
    {.name = "follow", .type = FIELD_BOOLEAN, .help = "until the run has ended: as text, or as events where Accept asks for text/event-stream"},
    {.name = "format", .type = FIELD_CHOICE, .choices = "text|jsonl", .help = "for people (when left out), or the lines as the worker wrote them"},
    {.name = NULL},
};

static const struct field event_shape[] = {
    {.name = "event", .type = FIELD_CHOICE, .choices = "line|end", .example = "line"},
    {.name = "id", .optional = true, .help = "number of the line, for Last-Event-ID", .example = "17"},
    {.name = "data", .help = "the line; of the end the run's status", .example = "aws_eks_cluster.this: Creating..."},
    {.name = NULL},
};
/* clang-format on */

const struct answer provision_logs_answers[] = {
    {200, "the lines", NULL, "text/plain"},
    {200, "with format=jsonl: each line as the worker wrote it", NULL, "application/x-ndjson"},
    {200, "with follow=true and Accept: text/event-stream: each line as an event, and one at the end", event_shape,
     "text/event-stream"},
    {0},
};

/* How lines are written. */
struct form {
    bool is_json; /* as they are */
    bool is_event;
};

static void write_data(struct buf *out, struct str text)
{
    buf_add_str(out, STR("data: "));
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\r' && text.ptr[i] != '\n')
            buf_add_char(out, text.ptr[i]);
    buf_add_str(out, STR("\n\n"));
}

/* What says nothing to people is left out of what is written for them; its number is not. */
static void write_line(struct buf *out, const struct form *form, const struct run_line *line)
{
    char time[CLOCK_TEXT_SIZE];
    struct buf plain;
    struct str text = line->text;

    buf_init(&plain, 2 * RUN_LOG_LINE_MAX + KIB(4));
    if (!form->is_json) {
        report_line_text(line->text, &plain);
        text = buf_str(&plain);
    }
    if (form->is_event && (text.len > 0 || form->is_json)) {
        buf_printf(out, "event: line\nid: %lld\n", (long long)line->number);
        write_data(out, text);
    } else if (form->is_json) {
        buf_add_str(out, text);
        buf_add_char(out, '\n');
    } else if (text.len > 0) {
        buf_printf(out, "%s ", clock_format(line->at / 1000, time));
        buf_add_str(out, text);
        if (text.ptr[text.len - 1] != '\n')
            buf_add_char(out, '\n');
    }
    buf_free(&plain);
}

static void write_lines(struct buf *out, const struct form *form, const struct run_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_line(out, form, &lines[i]);
}

/* All there is now */

static int pass_all(struct request *request, const struct form *form, struct str run, struct arena *scratch)
{
    struct run_line *lines;
    int64_t after = 0;
    size_t count;

    do {
        struct buf out;
        int rc;

        arena_reset(scratch);
        if (run_log_read(request->worker->redis, scratch, run, after, LINES_AT_ONCE, 0, &lines, &count, &request->err) <
            0)
            return -1;
        buf_init(&out, OUT_MAX);
        write_lines(&out, form, lines, count);
        rc = out.len > 0 ? response_write(request, out.ptr, out.len) : 0;
        after = count > 0 ? lines[count - 1].number : after;
        buf_free(&out);
        if (rc < 0)
            return -1;
    } while (count == LINES_AT_ONCE);
    return 0;
}

static int pass_tail(struct request *request, const struct form *form, struct str run, size_t tail,
                     struct arena *scratch)
{
    struct run_line *lines;
    size_t count;
    struct buf out;
    int rc;

    if (run_log_tail(request->worker->redis, scratch, run, tail, &lines, &count, &request->err) < 0)
        return -1;
    buf_init(&out, 4 * OUT_MAX);
    write_lines(&out, form, lines, count);
    rc = out.len > 0 ? response_write(request, out.ptr, out.len) : 0;
    buf_free(&out);
    return rc;
}

static const char *type_of(const struct form *form)
{
    return form->is_event ? "text/event-stream" : form->is_json ? "application/x-ndjson" : "text/plain; charset=utf-8";
}

static int answer_now(struct request *request, const struct form *form, struct str run, size_t tail)
{
    struct arena *scratch = arena_new(MIB(64));
    int rc;

    if (!scratch)
        return provision_no_memory(request);
    response_begin(request, 200, STR(""));
    response_header(request, "Content-Type", str_from(type_of(form)));
    rc = run.len == 0 ? 0
         : tail > 0   ? pass_tail(request, form, run, tail, scratch)
                      : pass_all(request, form, run, scratch);
    arena_free(scratch);
    return rc;
}

/* What comes */

struct order {
    char cluster[TERRAFORM_CLUSTER_MAX + 1];
    char run[TERRAFORM_RUN_LEN + 1];
    struct form form;
    size_t tail;
    int64_t after; /* the line that the client has seen last */
};

struct following {
    struct lasting *lasting;
    const struct order *order;
    struct worker *worker;
    int64_t after;
    int64_t spoken_ms; /* when something was sent last */
    char status[16];   /* of the run, once it has ended */
};

static void send_lines(struct following *f, const struct run_line *lines, size_t count)
{
    struct buf out;

    buf_init(&out, OUT_MAX);
    write_lines(&out, &f->order->form, lines, count);
    if (out.len > 0) {
        lasting_write(f->lasting, buf_str(&out));
        f->spoken_ms = clock_monotonic_ms();
    }
    if (count > 0)
        f->after = lines[count - 1].number;
    buf_free(&out);
}

static int send_tail(struct following *f, struct err *err)
{
    struct run_line *lines;
    size_t count;

    if (f->order->tail == 0 || f->after > 0)
        return 0;
    if (run_log_tail(f->worker->redis, f->worker->arena, str_from(f->order->run), f->order->tail, &lines, &count, err) <
        0)
        return -1;
    send_lines(f, lines, count);
    return 0;
}

/* Up to LINES_AT_ONCE; *more: there may be others behind them. */
static int send_new(struct following *f, bool *more, struct err *err)
{
    struct run_line *lines;
    size_t count;

    arena_reset(f->worker->arena);
    if (run_log_read(f->worker->redis, f->worker->arena, str_from(f->order->run), f->after, LINES_AT_ONCE, 0, &lines,
                     &count, err) < 0)
        return -1;
    send_lines(f, lines, count);
    *more = count == LINES_AT_ONCE;
    return 0;
}

/* Asked before the lines are read, so that none of them comes between. */
static int look_for_end(struct following *f, struct err *err)
{
    static const char *const goes_on[] = {"pending", "queued", "running"};
    struct run run;
    int rc =
        run_read(f->worker->redis, f->worker->arena, str_from(f->order->cluster), str_from(f->order->run), &run, err);

    if (rc < 0)
        return -1;
    if (rc == REDIS_MISSING)
        run.status = STR("unknown");
    for (size_t i = 0; i < sizeof(goes_on) / sizeof(goes_on[0]); i++)
        if (str_equal(run.status, str_from(goes_on[i])))
            return 0;
    str_copy(f->status, sizeof(f->status), run.status);
    return 0;
}

/* A comment, which nobody shows; text has none, and a proxy sees its connection by other means. */
static void beat(struct following *f)
{
    if (!f->order->form.is_event || clock_monotonic_ms() - f->spoken_ms < HEARTBEAT_MS)
        return;
    lasting_write(f->lasting, STR(": still here\n\n"));
    f->spoken_ms = clock_monotonic_ms();
}

static void finish(struct following *f)
{
    struct buf out;

    buf_init(&out, KIB(1));
    if (f->order->form.is_event)
        buf_printf(&out, "event: end\ndata: %s\n\n", f->status);
    lasting_write(f->lasting, buf_str(&out));
    lasting_end(f->lasting);
    buf_free(&out);
}

static int follow(struct following *f, struct err *err)
{
    bool more = false;

    if (send_tail(f, err) < 0)
        return -1;
    do {
        if (lasting_is_full(f->lasting))
            continue;
        arena_reset(f->worker->arena);
        if ((!more && look_for_end(f, err) < 0) || send_new(f, &more, err) < 0)
            return -1;
        if (!more && *f->status) {
            finish(f);
            return 0;
        }
        beat(f);
    } while (lasting_turn(f->lasting, more ? 0 : RUN_LOG_WAIT_MS));
    return 0;
}

static void run_following(struct lasting *lasting, void *arg)
{
    struct following f = {.lasting = lasting, .order = arg, .worker = lasting_worker(lasting)};
    struct err err = {0};

    f.after = f.order->after;
    f.spoken_ms = clock_monotonic_ms();
    lasting_begin(lasting, 200, type_of(&f.order->form));
    if (follow(&f, &err) < 0)
        lasting_fail(lasting, &err);
}

/* "text/event-stream" among what the client takes. */
static bool wants_events(struct request *request)
{
    struct str accept = request_param(request, "HTTP_ACCEPT");
    static const struct str wanted = {"text/event-stream", 17};

    for (; accept.len >= wanted.len; accept = str_skip(accept, 1))
        if (str_starts_with(accept, wanted))
            return true;
    return false;
}

static int64_t last_seen(struct request *request)
{
    struct str seen = request_param(request, "HTTP_LAST_EVENT_ID");
    long number = 0;

    return str_to_long(seen, 0, INT32_MAX, &number) < 0 ? 0 : number;
}

int provisions_logs(struct request *request)
{
    struct str tail = request_query(request, "tail");
    bool follows = str_equal(request_query(request, "follow"), STR("true"));
    struct order order = {.form = {.is_json = str_equal(request_query(request, "format"), STR("jsonl"))}};
    struct run_cluster cluster;
    struct run run;
    long number = 0;

    if (provision_find_shown(request, &cluster, &run) < 0)
        return -1;
    if (tail.ptr)
        str_to_long(tail, 1, (long)RUN_LOG_LINES, &number);
    order.tail = (size_t)number;
    if (!follows || run.id.len == 0)
        return answer_now(request, &order.form, run.id, order.tail);
    order.form.is_event = wants_events(request);
    order.after = order.form.is_event ? last_seen(request) : 0;
    str_copy(order.cluster, sizeof(order.cluster), cluster.name);
    str_copy(order.run, sizeof(order.run), run.id);
    return lasting_take(request, run_following, &order, sizeof(order));
}
