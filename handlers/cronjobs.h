/* Cron jobs in the route table. */
#ifndef EKSGATE_HANDLERS_CRONJOBS_H
#define EKSGATE_HANDLERS_CRONJOBS_H

#include "fcgi/route.h"

extern const struct field cronjob_list_query[];
extern const struct field cronjob_delete_query[];
extern const struct field cronjob_trigger_query[];
extern const struct field cronjob_suspend_fields[];
extern const struct answer cronjob_list_answers[];
extern const struct answer cronjob_show_answers[];
extern const struct answer cronjob_suspend_answers[];
extern const struct answer cronjob_delete_answers[];
extern const struct answer cronjob_trigger_answers[];

#endif
