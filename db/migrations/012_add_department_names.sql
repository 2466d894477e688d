CREATE TABLE department_names (
    found VARCHAR(50) NOT NULL,
    department VARCHAR(50) NOT NULL,
    CONSTRAINT department_names_pkey PRIMARY KEY (found)
);
