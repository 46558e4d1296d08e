import { expect, test } from "vitest";
import { listStreams, type StripeStream } from "./index.ts";

const streams = listStreams();

function streamNamed(name: string): StripeStream | undefined {
  return streams.find((stream) => stream.name === name);
}

const names = `
  accounts apple_pay_domains application_fees apps_installs balance_transactions billing_alerts billing_credit_grants
  billing_feedback_options billing_meters billing_portal_configurations charges checkout_sessions climate_orders
  climate_products climate_suppliers country_specs coupons credit_notes customers disputes entitlements_features events
  exchange_rates file_links files financial_connections_accounts forwarding_requests identity_verification_reports
  identity_verification_sessions invoice_payments invoice_rendering_templates invoiceitems invoices
  issuing_authorizations issuing_cardholders issuing_cards issuing_disputes issuing_personalization_designs
  issuing_physical_bundles issuing_transactions payment_intents payment_links payment_method_configurations
  payment_method_domains payment_methods payment_records payouts plans prices product_catalog_trial_offers products
  promotion_codes quotes radar_early_fraud_warnings radar_value_lists refunds reporting_report_runs
  reporting_report_types reviews setup_intents shipping_rates sigma_scheduled_query_runs subscription_schedules
  subscriptions tax_codes tax_ids tax_rates tax_registrations terminal_configurations terminal_locations
  terminal_readers test_helpers_test_clocks three_d_secure_authentications topups transfers
  treasury_financial_accounts webhook_endpoints`;

test("each v1 list that needs no parent is a stream", () => {
  expect(streams.map(({ name }) => name)).toEqual(names.trim().split(/\s+/));
});

test("names are unique and in snake case", () => {
  expect(new Set(streams.map(({ name }) => name)).size).toBe(streams.length);
  expect(streams.filter(({ name }) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
});

test.each(streams)("$name has its primary key, and what its created filter compares, in every item", (stream) => {
  const { json_schema, primary_key, created_field } = stream;
  expect(json_schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(json_schema.required).toEqual(expect.arrayContaining(primary_key));
  for (const key of primary_key) expect(json_schema.properties?.[key]).toEqual({ type: "string" });
  if (created_field === null) return;
  expect(stream.created_filter).toBe(true);
  expect(json_schema.required).toContain(created_field);
  expect(json_schema.properties?.[created_field]).toEqual({ type: "integer", format: "unix-time" });
});

test("subscriptions are listed whole, and canceling one deletes nothing", () => {
  expect(streamNamed("subscriptions")).toMatchObject({
    path: "/v1/subscriptions",
    list_params: { status: "all" },
    created_field: "created",
    deletable: "never",
    retrieve_path: "/v1/subscriptions/{subscription}",
  });
});

test("the created filter may look at another field, or at one that items can lack", () => {
  expect(streamNamed("invoiceitems")).toMatchObject({ created_filter: true, created_field: "date" });
  expect(streamNamed("accounts")).toMatchObject({ created_filter: true, created_field: null });
  expect(streamNamed("quotes")).toMatchObject({ created_filter: false, created_field: null });
});

test("a deletion is told by an event, or by nothing", () => {
  expect(streamNamed("customers")?.deletable).toBe("with_event");
  expect(streamNamed("prices")?.deletable).toBe("with_event");
  expect(streamNamed("terminal_locations")?.deletable).toBe("silently");
  expect(streamNamed("charges")?.deletable).toBe("never");
});

test("only events about items of the list feed a stream", () => {
  expect(streamNamed("coupons")?.events).toEqual(["coupon.created", "coupon.deleted", "coupon.updated"]);
  expect(streamNamed("invoices")?.events).not.toContain("invoice.upcoming");
  expect(streamNamed("tax_ids")).toMatchObject({ events: [], deletable: "silently" });
});

test("the one list without pages says so", () => {
  expect(streams.filter(({ paged }) => !paged).map(({ name }) => name)).toEqual(["reporting_report_types"]);
});
