-- Run once by the image of PostgreSQL, as its superuser, when there is no data yet. The servers' own user owns the
-- database and is no superuser: nothing of row-level security is waived for it.
\getenv password DATABASE_PASSWORD
create role lectern login createrole password :'password';
create database lectern owner lectern;
