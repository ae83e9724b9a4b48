-- Cameras over TLS: the certificate that the user accepted for each.

ALTER TABLE camera ADD COLUMN
    tls_fingerprint TEXT                            -- SHA-256 over the DER of the one certificate that is believed to be this camera's, as upper-case hexadecimal pairs with colons between. Null: only what the system's authorities vouch for.
                    CHECK (length(tls_fingerprint) = 95);
