/** What a check found wrong with the connector, in a sentence; anything else that a check throws is a defect of the kit. */
export class Problem extends Error {}

/** Thrown where a check has no subject: the connector does not claim what it is about. */
export class NotApplicable extends Error {}
