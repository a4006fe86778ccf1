/*
 * filling.h - a home with a row of every kind in every table.
 */
#ifndef QSG_TESTS_SERVICE_FILLING_H
#define QSG_TESTS_SERVICE_FILLING_H

/* Node 0 of asking_fixture, which is open with three nodes: 5,000 records of
 * three organisations, and a row of every kind beside them. It runs. */
void filling_home(void);

#endif
